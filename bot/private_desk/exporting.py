"""Collects what may be exported. Only this module checks consent and applies the rule."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from bot.archive.training_rows import TrainingRows
from bot.private_desk.training_rule import correction_of
from triage.corrections import Correction
from triage.taxonomy import Taxonomy

DAY_MS = 24 * 3600 * 1000

# Which of these reviews' authors have agreed; a review is absent if its author has not.
ConsentOf = Callable[[Sequence[int]], Awaitable[Mapping[int, bool]]]


@dataclass(frozen=True, slots=True)
class Collected:
    """The lines of an export, and the numbers of their reviews."""

    rows: tuple[Correction, ...]
    numbers: tuple[int, ...]


async def collect(
    training_rows: TrainingRows, consent_of: ConsentOf, since_ms: int, taxonomy: Taxonomy
) -> Collected:
    """Return the reviews that were labelled since then and may be trained on."""
    found: list[tuple[int, Correction]] = []
    async for batch in training_rows.since(since_ms):
        consents = await consent_of([review.number for review in batch])
        for review in batch:
            row = correction_of(review, consents.get(review.number), since_ms, taxonomy)
            if row is not None:
                found.append((review.number, row))
    return Collected(tuple(row for _, row in found), tuple(number for number, _ in found))
