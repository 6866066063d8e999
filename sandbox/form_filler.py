"""Fills the form of a review as a customer does, with the taps that the taxonomy asks for."""

from collections.abc import Callable, Iterator, Sequence

from bot.archive.records import Review
from bot.form.callbacks import FormTap
from bot.form.draft import Do, Step, asked
from bot.texts import load_texts
from sandbox.errors import NotSeen
from sandbox.script_lines import Line
from sandbox.simulated_people import SimulatedPerson, find_button
from sandbox.stack import Stack
from sandbox.telegram.keyboard import Button
from triage.taxonomy import Taxonomy


async def fill_form(
    customer: SimulatedPerson, line: Line, taxonomy: Taxonomy, *, timeout_s: float
) -> None:
    """Fill the form up to its preview; raises NotSeen."""
    await customer.says("/start")
    for do, value in _taps(line, asked(taxonomy)):
        await customer.taps(_form(do, value), timeout_s=timeout_s)
    await customer.says(line.text)
    await customer.sees(lambda m: find_button(m, _SEND) is not None, timeout_s=timeout_s)


async def send_form(stack: Stack, customer: SimulatedPerson, *, timeout_s: float) -> Review:
    """Tap Send below the preview, and return the accepted review; raises NotSeen if refused."""
    preview = await customer.sees(lambda m: find_button(m, _SEND) is not None, timeout_s=timeout_s)
    button = find_button(preview, _SEND)
    assert button is not None, "the message was chosen by this button"
    refused = await customer.taps(_SEND, timeout_s=timeout_s)
    review = await stack.reviews.by_form(FormTap.unpack(button.data or "").form)
    if review is None:
        raise NotSeen(f"not accepted: {refused.text}")
    return review


async def sees_answer(
    customer: SimulatedPerson, review: Review, line: Line, *, timeout_s: float
) -> None:
    """Wait for the answer to a review."""
    title = load_texts()[line.language]("answer-title", number=str(review.number))
    await customer.sees_text(title, timeout_s=timeout_s)


def _taps(line: Line, steps: Sequence[Step]) -> Iterator[tuple[Do, str]]:
    """Yield what the customer taps before the text; a repeated tag is tapped once."""
    if Step.RATING in steps:
        yield Do.RATE, str(line.rating)
    if Step.TAGS in steps:
        yield from ((Do.TAG_ON, tag) for tag in dict.fromkeys(line.tags))
        yield Do.TAGS_DONE, ""


def _form(do: Do, value: str = "") -> Callable[[Button], bool]:
    """Return a test for a button of the form, in any language."""

    def is_it(button: Button) -> bool:
        try:
            tap = FormTap.unpack(button.data or "")
        except (TypeError, ValueError):
            return False
        return (tap.do, tap.value) == (do, value)

    return is_it


_SEND = _form(Do.SEND)
