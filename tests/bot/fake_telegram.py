"""A Telegram at the seam of the bot's HTTP session: keeps what was asked of it, answers as told."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable
from datetime import UTC, datetime
from typing import Any

from aiogram import Bot
from aiogram.client.session.base import BaseSession
from aiogram.exceptions import (
    TelegramAPIError,
    TelegramBadRequest,
    TelegramForbiddenError,
    TelegramNetworkError,
)
from aiogram.methods import GetChatMember, GetMe, SendMediaGroup, TelegramMethod
from aiogram.types import (
    Chat,
    ChatMemberLeft,
    ChatMemberMember,
    Message,
    PhotoSize,
    User,
)

# What Telegram says of the next call: an error, or None for yes.
Reaction = Callable[[TelegramMethod[Any]], TelegramAPIError | None]

NOT_MODIFIED = "Bad Request: message is not modified: specified new message content"
NOT_FOUND = "Bad Request: message to edit not found"


def yes(_: TelegramMethod[Any]) -> None:
    """Accept the call."""


def refused(words: str) -> Reaction:
    """Refuse the call for good, in Telegram's words."""
    return lambda method: TelegramBadRequest(method, words)


def blocked(method: TelegramMethod[Any]) -> TelegramAPIError:
    """Refuse the call because the person blocked the bot."""
    return TelegramForbiddenError(method, "Forbidden: bot was blocked by the user")


def cut_off(method: TelegramMethod[Any]) -> TelegramAPIError:
    """Leave open whether the call arrived."""
    return TelegramNetworkError(method, "Request timeout error")


class Telegram(BaseSession):
    """Accepts everything but what `next` says otherwise of."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[TelegramMethod[Any]] = []
        self.next: deque[Reaction] = deque()
        self.members: dict[int, str] = {}  # of the moderators' group, with their names
        self.slow: dict[int, asyncio.Event] = {}  # chats that wait for a sign
        self.refusing: dict[int, Reaction] = {}  # chats that refuse every call

    def said(self, *methods: type[TelegramMethod[Any]]) -> list[Any]:
        """Return the calls of these methods, accepted or not."""
        return [call for call in self.calls if isinstance(call, methods)]

    async def make_request(self, bot: Bot, method: TelegramMethod[Any], *_: Any, **__: Any) -> Any:
        """Keep the call and answer it."""
        self.calls.append(method)
        if (chat_id := getattr(method, "chat_id", None)) in self.slow:
            await self.slow[chat_id].wait()
        reaction = self.refusing.get(chat_id or 0) or (self.next.popleft() if self.next else yes)
        error = reaction(method)
        if error is not None:
            raise error
        if method.__returning__ is bool:
            return True
        if isinstance(method, GetMe):
            return User(id=bot.id, is_bot=True, first_name="Bot", username="test_bot")
        if isinstance(method, GetChatMember):
            return self._member(method)
        if isinstance(method, SendMediaGroup):
            return [
                self._message(method).model_copy(update={"message_id": 2000 + place})
                for place, _ in enumerate(method.media)
            ]
        return self._message(method)

    def _member(self, method: GetChatMember) -> ChatMemberMember | ChatMemberLeft:
        name = self.members.get(method.user_id)
        user = User(id=method.user_id, is_bot=False, first_name=name or "Stranger")
        return ChatMemberLeft(user=user) if name is None else ChatMemberMember(user=user)

    def _message(self, method: Any) -> Message:
        has_photo = getattr(method, "photo", None) or getattr(method, "media", None)
        number = len(self.calls)
        sizes = [
            PhotoSize(file_id=f"{size}-{number}", file_unique_id=size, width=w, height=w)
            for size, w in (("small", 90), ("large", 800))
        ]
        return Message(
            message_id=getattr(method, "message_id", None) or 1000 + number,
            date=datetime.now(UTC),
            chat=Chat(id=method.chat_id, type="private"),
            photo=sizes if has_photo else None,
        )

    async def close(self) -> None:
        """Hold nothing open."""

    async def stream_content(self, *_: Any, **__: Any) -> AsyncGenerator[bytes, None]:
        """Give no file."""
        raise NotImplementedError("no test of the bot downloads a file")
        yield b""
