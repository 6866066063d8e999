"""
Whether a tap on Fix opens its panel in the group, where only the tapper sees it.

Such a panel uses the group's limit of writes, so a busy group gets none; and Telegram may refuse
it. In both cases the caller opens the panel in the private chat.
"""

import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from aiogram.exceptions import TelegramAPIError
from aiogram.types import CallbackQuery

from bot.archive.records import Review
from bot.clock import now_ms
from bot.desk.panels import Panels
from bot.errors import NotEphemeral

logger = logging.getLogger(__name__)

# Above this many writes in the last minute the panel opens in the private chat, which costs none.
BUSY_WRITES = 12

# A tap so soon after the panel was opened is the second half of a double tap.
DOUBLE_TAP_MS = 3_000

# A later tap within this time means that the person does not see the open panel.
SECOND_TAP_MS = 20_000

# The pause after a refusal.
REFUSED_S = 600.0

_TOO_OLD = "query is too old"


@dataclass(slots=True)
class GroupPanels:
    """Opens panels in the group, if that is wanted and possible."""

    panels: Panels
    recent_writes: Callable[[int], Awaitable[Sequence[float]]]
    is_wanted: bool
    not_before_s: float = 0.0

    async def open(self, review: Review, query: CallbackQuery) -> bool:
        """
        Open the panel of a tap; return False if it should open in the private chat.

        A double tap opens one panel.
        """
        if not self.is_wanted or query.message is None or time.monotonic() < self.not_before_s:
            return False
        chat_id, user_id = query.message.chat.id, query.from_user.id
        last = await self.panels.drafts.last_opened(user_id, review.number)
        if last is not None and 0 <= now_ms() - last.sent_ms < SECOND_TAP_MS:
            return last.is_in_group and now_ms() - last.sent_ms < DOUBLE_TAP_MS
        if len(await self.recent_writes(chat_id)) > BUSY_WRITES:
            return False
        try:
            await self.panels.open_in_group(review, user_id, chat_id, query.id)
        except (TelegramAPIError, NotEphemeral) as e:
            if _TOO_OLD not in str(e):
                self.not_before_s = time.monotonic() + REFUSED_S
            logger.warning("a panel opens in the private chat instead of the group: %s", e)
            return False
        return True
