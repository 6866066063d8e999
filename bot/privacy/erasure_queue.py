"""
The queue of erasures: a request is stored immediately, and carried out in the background.

So neither the person nor their next update waits for the group's rate limit. One replica carries
out one request at a time; after a kill the next replica continues it. A failed request is retried
with growing pauses and is never given up.
"""

import asyncio
import logging

from aiogram import Bot
from aiogram.exceptions import TelegramAPIError, TelegramBadRequest, TelegramForbiddenError

from bot.archive.bans import Bans
from bot.archive.database import DATABASE_ERRORS
from bot.archive.erasure_store import (
    LONGEST_PAUSE_MS,
    STUCK_TRIES,
    ErasureRequest,
    ErasureState,
    ErasureStore,
)
from bot.archive.personal_data import StillRead
from bot.clock import now_ms
from bot.dialogue.rounds import repeat
from bot.leases import Leases
from bot.privacy.erasure import Erasure, StillSending
from bot.privacy.queue_erasure import rewrite_log
from bot.telegram_errors import is_unmodified
from bot.texts import Say, Texts
from triage.errors import QueueUnavailable
from triage.queue.streams import Connections
from triage.review import Language

logger = logging.getLogger(__name__)

# Pauses after failed attempts, in seconds; the last one repeats.
PAUSES_S = (5.0, 15.0, 60.0, 300.0, 900.0, LONGEST_PAUSE_MS / 1000)

# The deletion of old texts edits the same messages; a later round tries again.
PATIENCE_S = 5.0

# Attempts to show the result to a person before the bot gives up.
TELL_TRIES = 10


class ErasureQueue:
    """Accepts requests in every replica; carries them out in one."""

    def __init__(
        self,
        bot: Bot,
        store: ErasureStore,
        erasure: Erasure,
        bans: Bans,
        connections: Connections,
        leases: Leases,
        texts: Texts,
    ) -> None:
        self._bot = bot
        self._store = store
        self._erasure = erasure
        self._bans = bans
        self._connections = connections
        self._leases = leases
        self._texts = texts
        self._woken = asyncio.Event()

    async def ask(
        self, user_id: int, message_id: int, language: Language, form_id: str | None
    ) -> ErasureRequest | None:
        """
        Store a request; return the one that is under way, None if there is nothing to erase.

        `form_id` names the person's draft. A repeated tap returns its own request.
        """
        request = await self._store.ask(user_id, message_id, language, form_id, now_ms())
        self._woken.set()
        return request

    async def of(self, user_id: int, message_id: int) -> ErasureRequest | None:
        """Return the request that was made with the button of a message."""
        return await self._store.of(user_id, message_id)

    async def is_under_way(self, user_id: int) -> bool:
        """Return whether an erasure of the person is not complete."""
        return await self._store.under_way(user_id) is not None

    async def counts(self) -> tuple[int, int]:
        """Return how many requests are not carried out, and how many of them are stuck."""
        return await self._store.counts()

    async def show(self, request: ErasureRequest) -> None:
        """
        Show the state of a request in its message.

        The state is stored before it is shown and read again afterwards. So if two callers show it
        at the same time, the later state stays.
        """
        shown: ErasureRequest | None = None
        while shown is None or _is_over(shown) != _is_over(request):
            shown = request
            await self._write(shown)
            request = await self._store.of(request.user_id, request.message_id) or shown

    async def run(self) -> None:
        """Carry out requests until cancelled."""
        await repeat(self.round, "erasures", self._woken)

    async def round(self) -> None:
        """Carry out the oldest due request; end those that are carried out, and inform people."""
        waiting = await self._store.due(ErasureState.WAITING, now_ms())
        if waiting:
            await self._attempt(waiting[0])
        if len(waiting) > 1:
            self._woken.set()
        await self._end()
        for request in await self._store.due(ErasureState.ENDED, now_ms()):
            await self._tell(request)
        await self._store.drop_done(now_ms())

    async def _attempt(self, request: ErasureRequest) -> None:
        try:
            # Two concurrent edits of one digest would each restore what the other removes.
            async with self._leases.turn("erasure", patience_s=PATIENCE_S) as is_mine:
                if not is_mine:
                    return
                await self._erasure.carry_out(request)
            await self._store.move(request, ErasureState.CLEARED)
        except (QueueUnavailable, StillRead, StillSending, TelegramAPIError, *DATABASE_ERRORS) as e:
            await self._failed(request, e)
        except Exception as e:  # the erasures of others must continue
            logger.exception("an erasure failed")
            await self._failed(request, e)

    async def _end(self) -> None:
        """End the requests that are carried out, after Redis' log is rewritten for all of them."""
        cleared = await self._store.due(ErasureState.CLEARED, now_ms())
        if not cleared or not await rewrite_log(self._connections):
            return
        for request in cleared:
            await self._store.move(request, ErasureState.ENDED)

    async def _tell(self, request: ErasureRequest) -> None:
        try:
            await self.show(request)
        except TelegramAPIError as e:
            if request.tries + 1 < TELL_TRIES:
                await self._failed(request, e)
                return
            logger.error("the result of an erasure could not be delivered: %s", e)
        await self._store.move(request, ErasureState.DONE)

    async def _failed(self, request: ErasureRequest, error: Exception) -> None:
        pause_s = PAUSES_S[min(request.tries, len(PAUSES_S) - 1)]
        await self._store.failed(request, now_ms() + round(pause_s * 1000))
        level = logging.ERROR if request.tries + 1 >= STUCK_TRIES else logging.WARNING
        logger.log(
            level,
            "attempt %d of an erasure failed, the next one is in %d s: %s",
            request.tries + 1,
            pause_s,
            error,
        )

    async def _write(self, request: ErasureRequest) -> None:
        say, words = self._texts[request.language], ""
        if _is_over(request):
            words = await self.result(request.user_id, say, request)
        try:
            await self._bot.edit_message_text(
                words or say("forget-begun"),
                chat_id=request.user_id,  # a private chat has the id of its person
                message_id=request.message_id,
            )
        except (TelegramBadRequest, TelegramForbiddenError) as e:
            if not is_unmodified(e.message):  # the person deleted it, or blocked the bot
                logger.info("the state of an erasure could not be shown: %s", e.message)

    async def result(self, user_id: int, say: Say, request: ErasureRequest | None = None) -> str:
        """Return the message after an erasure; without a request there was nothing to erase."""
        words = [say("forget-done", count=request.reviews if request else 0)]
        if await self._bans.of(user_id) is not None:
            words.append(say("forget-ban-stays"))
        if request and request.out_of_reach:
            words.append(say("forget-out-of-reach", count=request.out_of_reach))
        if request and request.exported:
            words.append(say("forget-exported", count=request.exported))
        return "\n\n".join(words)


def _is_over(request: ErasureRequest) -> bool:
    return request.state in {ErasureState.ENDED, ErasureState.DONE}
