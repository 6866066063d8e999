"""Taps on buttons (callback queries) and their answers."""

import itertools
from dataclasses import dataclass
from typing import Any

from sandbox.telegram import rules
from sandbox.telegram.user import User

# Older taps are deleted, so that memory does not grow in a long run.
KEPT = 10_000


@dataclass(frozen=True, slots=True)
class TapAnswer:
    """What a person sees after a tap: nothing, a short notice, or an alert to close."""

    text: str = ""
    alert: bool = False
    url: str = ""


@dataclass(slots=True)
class Tap:
    """One tap. A client shows the button as busy until it is answered."""

    tap_id: str
    user: User
    chat_id: int
    message_id: int
    data: str
    tapped_s: float
    answer: TapAnswer | None = None

    def to_json(self, message: dict[str, Any], chat_instance: str) -> dict[str, Any]:
        """Return a CallbackQuery (https://core.telegram.org/bots/api#callbackquery)."""
        return {
            "id": self.tap_id,
            "from": self.user.to_json(),
            "message": message,
            "chat_instance": chat_instance,
            "data": self.data,
        }


class Taps:
    """All taps that may still be answered."""

    def __init__(self) -> None:
        self._taps: dict[str, Tap] = {}
        self._ids = itertools.count(4_000_000_000_000_000_001)

    def open(self, user: User, chat_id: int, message_id: int, data: str, tapped_s: float) -> Tap:
        """Return a new tap that waits for its answer."""
        tap = Tap(str(next(self._ids)), user, chat_id, message_id, data, tapped_s)
        self._taps[tap.tap_id] = tap
        if len(self._taps) > KEPT:
            del self._taps[next(iter(self._taps))]
        return tap

    def find(self, tap_id: str) -> Tap | None:
        """Return a tap, answered or not."""
        return self._taps.get(tap_id)

    def answer(self, tap_id: str, answer: TapAnswer, now_s: float) -> Tap:
        """Answer the tap; refused if it has expired or was answered."""
        rules.check_toast(answer.text)
        tap = self._taps.get(tap_id)
        if tap is None:
            raise rules.tap_is_gone()
        rules.check_tap_is_open(tap.answer is not None, now_s - tap.tapped_s)
        tap.answer = answer
        return tap

    def clear(self) -> None:
        """Delete all taps."""
        self._taps.clear()
