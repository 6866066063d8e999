"""Where a customer's message goes: to the team, or into the form of a new review. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.form.validation import utf16_length

# How long messages answer the team after a tap on Reply, and after each later message.
ANSWERING_MS = 15 * 60_000

# A dialogue without a message for this long is over: plain text then begins a new review.
OPEN_MS = 14 * 24 * 3_600_000

# If the customer does not choose within this time, the message goes to the team.
UNDECIDED_MS = 10 * 60_000

# Reviews that a question offers.
ASKED_ABOUT = 3

# UTF-16 units. Zero-width spaces that make links inert add up to half; with them a text of this
# length fits into a message (4,096) and a caption into that of a photo (1,024).
MAX_TEXT, MAX_CAPTION = 2_500, 600


@dataclass(frozen=True, slots=True)
class ToCase:
    """The message answers the team about this review."""

    number: int


@dataclass(frozen=True, slots=True)
class AskWhich:
    """It may answer one of these reviews, or begin a new one: the customer chooses."""

    numbers: Sequence[int]


@dataclass(frozen=True, slots=True)
class ToForm:
    """The message is not part of a dialogue."""


Route = ToCase | AskWhich | ToForm


def route(
    *, replied_to: int | None, answering: int | None, has_draft: bool, open_numbers: Sequence[int]
) -> Route:
    """
    Return where a message goes.

    `replied_to` is the review of the bot's message that it replies to, `answering` the one whose
    Reply button was tapped; a form that is open takes plain text.
    """
    number = answering if replied_to is None else replied_to
    if number is not None:
        return ToCase(number)
    if has_draft or not open_numbers:
        return ToForm()
    return AskWhich(open_numbers[:ASKED_ABOUT])


def parts_of(text: str) -> list[str]:
    """Split a text into parts of at most MAX_TEXT units, at a new line or a space if it has one."""
    parts = []
    while utf16_length(text) > MAX_TEXT:
        length = MAX_TEXT
        while utf16_length(text[:length]) > MAX_TEXT:
            length -= 1
        found = max(text.rfind(" ", length // 2, length), text.rfind("\n", length // 2, length))
        end = length if found < 0 else found
        parts.append(text[:end].rstrip())
        text = text[end:].lstrip()
    return [*parts, text]
