"""What the pictures of an answer show, and in what order. It must not know how it looks."""

from collections.abc import Sequence
from dataclasses import dataclass

from triage.cascade import Confidence, Decision, Ladder
from triage.review import Language
from triage.taxonomy import Taxonomy


@dataclass(frozen=True, slots=True)
class Bar:
    """One class: its title, its probability of 0 to 1, and whether it is part of the answer."""

    title: str
    probability: float
    chosen: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """
    All classes, most probable first, and the rung to draw.

    Where no rung was reached it is the lowest one, and no bar is chosen: the class that such a
    review is filed under was not found in it.
    """

    bars: tuple[Bar, ...]
    rung: float
    confidence: Confidence
    language: Language

    @property
    def decided(self) -> bool:
        """Whether the rung was reached."""
        return self.confidence is not Confidence.PERSON

    def best(self, count: int, most: int) -> tuple[Bar, ...]:
        """Return the chosen bars, at most `most`, and the best others up to `count` in all."""
        chosen = tuple(bar for bar in self.bars if bar.chosen)[:most]
        others = tuple(bar for bar in self.bars if not bar.chosen)
        return chosen + others[: max(0, count - len(chosen))]


def read_answer(
    probabilities: Sequence[float],
    decision: Decision,
    taxonomy: Taxonomy,
    rule: Ladder,
    language: Language,
) -> Answer:
    """Return what to show; equal probabilities keep the order of the taxonomy."""
    assert len(probabilities) == len(taxonomy.classes), (
        f"{len(probabilities)} probabilities for {len(taxonomy.classes)} classes"
    )
    chosen = () if decision.rung is None else decision.classes
    bars = (
        Bar(taxonomy.public_title(class_id, language), probability, class_id in chosen)
        for class_id, probability in zip(taxonomy.ids, probabilities, strict=True)
    )
    return Answer(
        bars=tuple(sorted(bars, key=lambda bar: -bar.probability)),
        rung=rule.rungs[-1] if decision.rung is None else decision.rung,
        confidence=decision.confidence,
        language=language,
    )
