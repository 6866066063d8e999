"""The messages to a banned author, who keeps the rights over their own data."""

from aiogram import Router
from aiogram.filters import Filter
from aiogram.types import CallbackQuery, Message, TelegramObject, User

from bot.archive.bans import BanKind, Bans
from bot.rate_limit import Throttle
from bot.texts import Say
from bot.toasts import toast

# The pictures of an album arrive as separate messages within a second or two.
ALBUM_S = 60


class IsBanned(Filter):
    """Passes updates of people who are banned and know it."""

    async def __call__(self, _: TelegramObject, bans: Bans, event_from_user: User) -> bool:
        """Return whether the sender is banned openly."""
        ban = await bans.of(event_from_user.id)
        return ban is not None and ban.kind is BanKind.OPEN


def create_router() -> Router:
    """Return the router for all updates of banned authors that no earlier router took."""
    router = Router(name="banned")
    router.message.filter(IsBanned())
    router.edited_message.filter(IsBanned())
    router.callback_query.filter(IsBanned())
    router.message.register(refuse)
    router.edited_message.register(ignore)
    router.callback_query.register(refuse_tap)
    return router


async def refuse(message: Message, say: Say, throttle: Throttle) -> None:
    """Say that the team accepts no more reviews of this person; once for an album."""
    key = f"album-banned:{message.chat.id}:{message.media_group_id}"
    if message.media_group_id is None or await throttle.first(key, window_s=ALBUM_S):
        await message.answer(say("banned"))


async def ignore(message: Message) -> None:
    """Ignore an edit: it changes nothing."""


async def refuse_tap(query: CallbackQuery, say: Say) -> None:
    """Say the same to a tap."""
    await toast(query, say("banned-tap"), alert=True)
