"""
The callback data of the desk's buttons: m:ACT:NUMBER:VERSION[:VALUE], numbers in base 36. Pure.

A tap names the review and the version of its case that its card showed, so a tap on an old card is
recognised. Anyone can forge callback data: nothing in it grants a right.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

PREFIX = "m"

# The largest values of the archive's columns; a client may send any number.
_MAX_NUMBER = 2**63 - 1
_MAX_VERSION = 2**31 - 1

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_FORM = re.compile(r"m:([a-zA-Z+-]):([0-9a-z]{1,13}):([0-9a-z]{1,6})(?::([0-9a-z]{1,13}))?")


class DeskButton(StrEnum):
    """What a button of a card or a panel does."""

    RIGHT = "r"
    FIX = "f"
    ALTERNATIVE = "a"  # value: its place among the alternatives
    REPLY = "p"
    TAKE = "t"
    TAKE_OVER = "o"
    CLOSE = "c"
    REOPEN = "n"
    SPAM = "s"
    NOT_SPAM = "h"
    UNDO = "u"
    BAN = "x"
    SILENT_BAN = "y"
    UNBAN = "z"
    # In the panel.
    SET = "S"  # value: its place among the alternatives
    ADD = "+"  # value: class id
    REMOVE = "-"  # value: class id
    GROUP = "G"  # value: the group's place in the taxonomy
    TOP = "B"
    MEANING = "M"
    SEARCH = "F"
    DONE = "D"
    UNDO_PANEL = "U"
    EDIT_AGAIN = "E"
    # In the queue of /unsure, besides RIGHT, ALTERNATIVE and those of the panel.
    SKIP = "X"
    SIDE = "Z"  # value: id of the label whose classes a side of the dispute chose
    PREVIOUS = "P"  # the number is that of the review before
    # In lists.
    OPEN = "O"
    FOUND_PAGE = "V"  # number: the page shows reviews below it, 0 for the newest
    CLASS_PAGE = "C"  # number as in FOUND_PAGE; value: class id
    CLASS_LIST = "L"  # number: the page


@dataclass(frozen=True, slots=True)
class DeskTap:
    """A tap on a button of review `number`, shown at `version` of its case."""

    button: DeskButton
    number: int
    version: int
    value: int | None = None

    def pack(self) -> str:
        """Return the callback data, at most 36 bytes."""
        parts = [PREFIX, self.button, _base36(self.number), _base36(self.version)]
        return ":".join(parts if self.value is None else [*parts, _base36(self.value)])


def parse_tap(data: str) -> DeskTap | None:
    """Return the tap, None if `data` is not what a button of the desk holds."""
    found = _FORM.fullmatch(data)
    if found is None or found[1] not in set(DeskButton):
        return None
    number, version = int(found[2], 36), int(found[3], 36)
    value = None if found[4] is None else int(found[4], 36)
    if number > _MAX_NUMBER or version > _MAX_VERSION or (value or 0) > _MAX_NUMBER:
        return None
    return DeskTap(DeskButton(found[1]), number, version, value)


def _base36(number: int) -> str:
    digits = ""
    while True:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
        if not number:
            return digits
