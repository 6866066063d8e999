"""Updates that are not part of the conversation: each gets a clear answer, the form stays."""

from collections.abc import Mapping

from aiogram import F, Router
from aiogram.enums import ChatType, ContentType
from aiogram.types import CallbackQuery, Message

from bot.archive.reviews import Reviews
from bot.form.session import Form
from bot.form.validation import COMMAND
from bot.handlers.form import explain_late_edit
from bot.rate_limit import Throttle
from bot.texts import Say
from bot.toasts import toast

# What people send instead of words; service messages (a pin, a timer) are not included.
MEDIA = frozenset(
    {
        ContentType.ANIMATION,
        ContentType.AUDIO,
        ContentType.CONTACT,
        ContentType.DICE,
        ContentType.DOCUMENT,
        ContentType.LOCATION,
        ContentType.PAID_MEDIA,
        ContentType.PHOTO,
        ContentType.POLL,
        ContentType.STICKER,
        ContentType.STORY,
        ContentType.VENUE,
        ContentType.VIDEO,
        ContentType.VIDEO_NOTE,
        ContentType.VOICE,
    }
)

# The pictures of an album arrive as separate messages within a second or two.
ALBUM_S = 60


def create_router() -> Router:
    """Return the router that comes last."""
    router = Router(name="fallback")
    router.message.register(unknown_command, F.text.regexp(COMMAND))
    router.message.register(forwarded, F.forward_origin)
    router.message.register(not_text, F.content_type.in_(MEDIA))
    # A client edits a live location automatically every few seconds.
    router.edited_message.register(not_text_edited, ~F.location)
    router.callback_query.register(unknown_button)
    return router


def create_group_router() -> Router:
    """Return the router of the buttons in groups that no other router took."""
    router = Router(name="fallback of groups")
    in_group = F.message.chat.type.in_({ChatType.GROUP, ChatType.SUPERGROUP})
    router.callback_query.register(unknown_group_button, in_group)
    return router


async def unknown_command(message: Message, say: Say) -> None:
    """Point to the list of commands."""
    await message.answer(say("unknown-command"))


async def forwarded(message: Message, say: Say, throttle: Throttle) -> None:
    """Ask for the person's own words."""
    if await _first_of_album(message, throttle):
        await message.reply(say("text-forwarded"))


async def not_text(message: Message, form: Form, say: Say, throttle: Throttle) -> None:
    """Say why this is not accepted and what to do instead; once for an album."""
    if await _first_of_album(message, throttle):
        what_next = "not-text-start" if await form.load() is None else "not-text-form"
        await message.reply(f"{say(_reason(message))} {say(what_next)}")


async def not_text_edited(
    message: Message, form: Form, say: Say, was_known: bool, reviews: Reviews
) -> None:
    """Say that a changed picture or caption changes nothing."""
    if was_known:
        await explain_late_edit(message, await form.load(), say, reviews)


async def unknown_button(query: CallbackQuery, say: Say) -> None:
    """Answer a button that this version does not know."""
    await toast(query, say("button-gone"), alert=True)


async def unknown_group_button(query: CallbackQuery, moderators_say: Say) -> None:
    """Say the same in a group, in the moderators' language."""
    await toast(query, moderators_say("button-gone"), alert=True)


def _reason(message: Message) -> str:
    document = message.document
    if document is not None and message.animation is None:
        is_image = (document.mime_type or "").startswith("image/")
        return "not-text-image-file" if is_image else "not-text-file"
    return _REASONS.get(ContentType(message.content_type), "not-text")


_REASONS: Mapping[ContentType, str] = {
    ContentType.VOICE: "not-text-voice",
    ContentType.AUDIO: "not-text-voice",
    ContentType.VIDEO: "not-text-video",
    ContentType.VIDEO_NOTE: "not-text-video",
    ContentType.ANIMATION: "not-text-video",
}


async def _first_of_album(message: Message, throttle: Throttle) -> bool:
    album = message.media_group_id
    return album is None or await throttle.first(
        f"album:{message.chat.id}:{album}", window_s=ALBUM_S
    )
