"""
Photos of a review: up to three, one by one or as an album, at any step of the form.

Their captions are part of the text. They are stored as file ids; nothing is downloaded.
"""

from aiogram import F, Router
from aiogram.dispatcher.event.bases import SkipHandler
from aiogram.types import Message

from bot.form.draft import MAX_PHOTOS, FormPart, FormPhoto, pictured, repictured, written
from bot.form.session import Form
from bot.form.validation import clean
from bot.handlers.form import refused_text
from bot.rate_limit import Throttle
from bot.texts import Say

# The pictures of an album arrive as separate messages within a second or two.
ALBUM_S = 60


def create_router() -> Router:
    """Return the router of photos, which comes after the one of answers to the team."""
    router = Router(name="photos of a review")
    router.message.register(add, F.photo, ~F.forward_origin)
    router.edited_message.register(change, F.photo, ~F.forward_origin)
    return router


async def add(message: Message, form: Form, say: Say, throttle: Throttle) -> None:
    """Add a photo to the draft; start a draft if there is none."""
    draft, photo = await form.load_or_begin(), _photo(message)
    after = pictured(draft, photo)
    if after is None:
        if await _is_first(message, "full", throttle):
            await message.reply(say("photos-full", limit=MAX_PHOTOS))
        return
    refused, caption = "", clean(message.caption or "")
    if caption:
        part = FormPart(message.message_id, caption)
        with_text = written(after, part, form.taxonomy)
        refused = refused_text(part, with_text, form.limit, say)
        after = after if refused else with_text
    await form.keep(after)
    # One form below an album: its other photos change that one.
    show = form.show_below if await _is_first(message, "shown", throttle) else form.show
    await show(after)
    if refused:
        await message.reply(refused)


async def change(message: Message, form: Form, say: Say) -> None:
    """Replace a photo or a caption after an edit, if it is in the draft."""
    draft = await form.load()
    part = FormPart(message.message_id, clean(message.caption or ""))
    after = draft and repictured(draft, _photo(message), part, form.taxonomy)
    if after is None:
        raise SkipHandler
    refused = refused_text(part, after, form.limit, say) if part.text else ""
    if refused:
        await message.reply(refused)
        return
    await form.keep(after)
    await form.show(after)


def _photo(message: Message) -> FormPhoto:
    assert message.photo, "the router passes photos"
    return FormPhoto(message.message_id, message.photo[-1].file_id)


async def _is_first(message: Message, what: str, throttle: Throttle) -> bool:
    album = message.media_group_id
    key = f"album-{what}:{message.chat.id}:{album}"
    return album is None or await throttle.first(key, window_s=ALBUM_S)
