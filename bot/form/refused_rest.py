"""
The rest of a text that was refused as too long.

Telegram clients send a text above 4,096 UTF-16 units as several messages. If the first of them is
refused, the others belong to it: otherwise they would count as a separate text.
"""

from datetime import datetime

from bot.form.validation import utf16_length
from bot.rate_limit import Throttle

# A client may split at a space or a new line, in the second half of what a message holds.
SPLIT_FROM = 2_048

# The messages of one text have nearly the same date at Telegram, even if they are handled late.
TOGETHER_S = 2
REMEMBERED_S = 600


async def remember_refused(chat_id: int, date: datetime, text: str, throttle: Throttle) -> None:
    """Store that the text of a message was refused as too long, if a client may have split it."""
    if utf16_length(text) >= SPLIT_FROM:
        await throttle.first(_key(chat_id, int(date.timestamp())), window_s=REMEMBERED_S)


async def is_refused_rest(chat_id: int, date: datetime, throttle: Throttle) -> bool:
    """Return whether a message of this date belongs to a text that was refused."""
    sent_s = int(date.timestamp())
    for second in range(sent_s - TOGETHER_S, sent_s + 1):
        if await throttle.happened(_key(chat_id, second)):
            return True
    return False


def _key(chat_id: int, second: int) -> str:
    return f"refused-text:{chat_id}:{second}"
