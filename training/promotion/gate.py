"""
Compares two models on the same reviews, and decides whether one may replace the other. Pure.

A class group is a few classes that the same team handles. No group may get much worse for a gain in
the others.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from training.dataset.review_files import Labels
from training.evaluation.bootstrap import Difference, exact_match_difference, micro_f1_difference
from training.evaluation.scores import Scores, micro_f1, score
from triage.taxonomy import Taxonomy


@dataclass(frozen=True, slots=True)
class GroupChange:
    """A group's micro-F1 of both models, and the number of reviews with one of its classes."""

    slug: str
    old: float
    new: float
    reviews: int

    @property
    def change(self) -> float:
        """The new model's micro-F1 minus the old one's."""
        return self.new - self.old


@dataclass(frozen=True, slots=True)
class Comparison:
    """The metrics of two models on the same reviews, and their differences."""

    old: Scores
    new: Scores
    exact_match: Difference
    micro_f1: Difference
    groups: tuple[GroupChange, ...]


@dataclass(frozen=True, slots=True)
class Gate:
    """
    What a new model must reach: `sure` is the share of bootstrap resamples in which it is better.

    No group may lose more than `margin` of micro-F1. Groups of fewer than `least` reviews are
    ignored: a single review could change them by more than the margin.
    """

    sure: float
    margin: float
    least: int


def compare(truth: Labels, old: Labels, new: Labels, taxonomy: Taxonomy) -> Comparison:
    """Return how the answers `old` and `new` to the same reviews differ."""
    return Comparison(
        old=score(truth, old),
        new=score(truth, new),
        exact_match=exact_match_difference(truth, old, new),
        micro_f1=micro_f1_difference(truth, old, new),
        groups=tuple(_groups(truth, old, new, taxonomy)),
    )


def objections(found: Comparison, gate: Gate) -> tuple[str, ...]:
    """Return why the new model may not replace the old one; empty if it may."""
    gain = found.exact_match
    against = []
    if gain.value <= 0 or gain.better < gate.sure:
        against.append(
            f"exact match changes by {gain.value:+.4f}, better in {gain.better:.1%} of draws, "
            f"required: {gate.sure:.0%}"
        )
    against += [
        f"group {one.slug} loses {-one.change:.4f} of micro-F1, allowed: {gate.margin:g}"
        for one in found.groups
        if one.reviews >= gate.least and one.change < -gate.margin
    ]
    return tuple(against)


def _groups(truth: Labels, old: Labels, new: Labels, taxonomy: Taxonomy) -> Sequence[GroupChange]:
    found = []
    for group in taxonomy.groups:
        places = [p for p, c in enumerate(taxonomy.classes) if c.group == group.slug]
        if places:
            a, b = (micro_f1(truth[:, places], one[:, places]) for one in (old, new))
            reviews = int(np.count_nonzero(truth[:, places].any(axis=1)))
            found.append(GroupChange(group.slug, a, b, reviews))
    return found
