"""
Conditions on stored moments, for queries about what waits.

A moment that is later than now was stored by a clock that has been set back since. It tells nothing
about how long ago it was, and nothing may wait until the clock reaches it again.
"""

from typing import Any

from sqlalchemy import ColumnElement

from bot.clock import AHEAD_MS


def is_older(moment: ColumnElement[Any], now_ms: int, age_ms: int) -> ColumnElement[bool]:
    """Return the condition that `moment` is `age_ms` ago; a later one than now counts as old."""
    return (moment <= now_ms - age_ms) | (moment > now_ms + AHEAD_MS)


def is_reached(moment: ColumnElement[Any], now_ms: int, longest_ms: int) -> ColumnElement[bool]:
    """Return the condition that `moment` has come; none is waited for longer than `longest_ms`."""
    return (moment <= now_ms) | (moment > now_ms + longest_ms + AHEAD_MS)
