"""
Conditions on stored moments, for queries about waiting rows.

A moment in the future was stored before the clock was set back. How long ago that was is unknown,
and no row may wait until the clock reaches that moment again.
"""

from typing import Any

from sqlalchemy import ColumnElement

from bot.clock import AHEAD_MS


def is_older(moment: ColumnElement[Any], now_ms: int, age_ms: int) -> ColumnElement[bool]:
    """Return the condition that `moment` is `age_ms` ago; one in the future counts as old."""
    return (moment <= now_ms - age_ms) | (moment > now_ms + AHEAD_MS)


def is_reached(moment: ColumnElement[Any], now_ms: int, longest_ms: int) -> ColumnElement[bool]:
    """Return the condition that `moment` is past, or further ahead than `longest_ms`."""
    return (moment <= now_ms) | (moment > now_ms + longest_ms + AHEAD_MS)
