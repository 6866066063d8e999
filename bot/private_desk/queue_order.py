"""
The order in which a moderator labels the reviews of /unsure. Pure.

Disputes come first. Then the expected gain decides: the probability that the model's set is wrong,
reduced for classes that already have many labels, and strongly reduced for a text that is already
in the queue.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.archive.queue_store import Doubt
from triage.taxonomy import Taxonomy

# The gain from a second review with the same text.
REPEATED = 0.1

# Only the first reviews of the order are compared by their texts.
COMPARED = 50


@dataclass(frozen=True, slots=True)
class Ranked:
    """A review and the gain from its label; higher is better."""

    number: int
    gain: float


def ranked(
    doubts: Sequence[Doubt], labelled: Mapping[int, int], taxonomy: Taxonomy
) -> list[Ranked]:
    """Return the reviews, the greatest gain first; `labelled` counts the labels of each class."""
    found = [Ranked(doubt.number, gain(doubt, labelled, taxonomy)) for doubt in doubts]
    return sorted(found, key=_first)


def gain(doubt: Doubt, labelled: Mapping[int, int], taxonomy: Taxonomy) -> float:
    """Return (1 - P(the set is right)) / sqrt(1 + labels of the rarest predicted class)."""
    rarest = min((labelled.get(class_id, 0) for class_id in doubt.classes), default=0)
    return (1 - probability_of_set(doubt, taxonomy)) / math.sqrt(1 + rarest)


def probability_of_set(doubt: Doubt, taxonomy: Taxonomy) -> float:
    """
    Return how probable the model's set is, if classes are independent.

    It is 0 if the model did not answer, or if its set does not fit the current classes.
    """
    fits = len(doubt.probabilities) == len(taxonomy.ids) and set(doubt.classes) <= set(taxonomy.ids)
    if doubt.is_undecided or not fits:
        return 0.0
    pairs = zip(taxonomy.ids, doubt.probabilities, strict=True)
    return math.prod(p if class_id in doubt.classes else 1 - p for class_id, p in pairs)


def without_repeats(order: Sequence[Ranked], texts: Mapping[int, str]) -> list[int]:
    """Return the numbers in a new order, in which all but the first of equal texts come later."""
    seen: set[str] = set()
    found: list[Ranked] = []
    for one in order:
        text = " ".join(texts.get(one.number, str(one.number)).casefold().split())
        found.append(Ranked(one.number, one.gain * REPEATED) if text in seen else one)
        seen.add(text)
    return [one.number for one in sorted(found, key=_first)]


def _first(one: Ranked) -> tuple[float, int]:
    return -one.gain, -one.number
