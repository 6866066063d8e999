"""The content of an answer's charts, and its order. It knows nothing about drawing."""

from collections.abc import Sequence
from dataclasses import dataclass

from triage.cascade import Confidence, Decision, Ladder, PerClass, Rule, only_ranked
from triage.review import LANGUAGES, Language
from triage.taxonomy import Taxonomy


@dataclass(frozen=True, slots=True)
class Bar:
    """
    One class: its title, its probability of 0 to 1, and whether it is part of the answer.

    `threshold` is the one that the probability had to reach, or None if that is unknown.
    `other_titles` are drawn instead of a title whose letters no font has.
    """

    title: str
    probability: float
    chosen: bool
    threshold: float | None
    other_titles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ChartContent:
    """
    All classes, most probable first, and the rung to draw.

    If no rung was reached, `rung` is the lowest one and no bar is chosen: the fallback class of
    such a review was not found in it. `rung` is None if no single line separates the chosen bars
    from the others. With `only_ranked` the model gave an order, and no numbers are shown.
    """

    bars: tuple[Bar, ...]
    rung: float | None
    confidence: Confidence
    language: Language
    only_ranked: bool = False

    @property
    def own_thresholds(self) -> bool:
        """Whether each bar has a threshold of its own."""
        return self.rung is None and any(bar.threshold is not None for bar in self.bars)

    @property
    def decided(self) -> bool:
        """Whether the rung was reached."""
        return self.confidence is not Confidence.PERSON

    def best(self, count: int, most: int) -> tuple[Bar, ...]:
        """Return the chosen bars, at most `most`, and the best others up to `count` in all."""
        chosen = tuple(bar for bar in self.bars if bar.chosen)[:most]
        others = tuple(bar for bar in self.bars if not bar.chosen)
        return chosen + others[: max(0, count - len(chosen))]

    def first(self, count: int) -> tuple[Bar, ...]:
        """Return the most probable bars, at most `count` in all; no other replaces a chosen one."""
        kept = set(self.best(count, count))
        return tuple(bar for bar in self.bars if bar in kept)


def read_answer(
    probabilities: Sequence[float],
    decision: Decision,
    taxonomy: Taxonomy,
    rule: Rule,
    language: Language,
) -> ChartContent:
    """Return what to show; equal probabilities keep the order of the taxonomy."""
    assert len(probabilities) == len(taxonomy.classes), (
        f"{len(probabilities)} probabilities for {len(taxonomy.classes)} classes"
    )
    chosen = () if decision.rung is None else decision.classes
    ranked = only_ranked(probabilities, decision)
    rung = None if ranked else _one_line(probabilities, decision, taxonomy, rule)
    thresholds = [None] * len(taxonomy.ids) if ranked else _thresholds(rung, taxonomy, rule)
    bars = (
        Bar(
            taxonomy.public_title(class_id, language),
            probability,
            class_id in chosen,
            threshold,
            _other_titles(class_id, taxonomy),
        )
        for class_id, probability, threshold in zip(
            taxonomy.ids, probabilities, thresholds, strict=True
        )
    )
    return ChartContent(
        bars=tuple(sorted(bars, key=lambda bar: -bar.probability)),
        rung=rung,
        confidence=decision.confidence,
        language=language,
        only_ranked=ranked,
    )


def _other_titles(class_id: int, taxonomy: Taxonomy) -> tuple[str, ...]:
    """Return the titles in all languages, those of the interface first, and the slug in Latin."""
    found = taxonomy.by_id[class_id]
    titles = (found.public or found.title).root
    known = (titles[language] for language in LANGUAGES if language in titles)
    return (*known, *titles.values(), found.slug)


def _one_line(
    probabilities: Sequence[float], decision: Decision, taxonomy: Taxonomy, rule: Rule
) -> float | None:
    """
    Return the one threshold that explains the answer, or None if there is none.

    An archived answer may come from another rule than `rule`; a line at the wrong threshold would
    be false.
    """
    if decision.rung is None:
        return rule.floor if isinstance(rule, PerClass) else rule.rungs[-1]
    above = {c for c, p in zip(taxonomy.ids, probabilities, strict=True) if p > decision.rung}
    explains = above == set(decision.classes) and _holds_for_all(decision.rung, rule)
    return decision.rung if explains else None


def _holds_for_all(rung: float, rule: Rule) -> bool:
    """Return whether every class had to pass `rung`; the floor decides if no threshold does."""
    return isinstance(rule, Ladder) or rung == rule.floor or set(rule.thresholds) == {rung}


def _thresholds(rung: float | None, taxonomy: Taxonomy, rule: Rule) -> Sequence[float | None]:
    if rung is None and isinstance(rule, PerClass) and len(set(rule.thresholds)) > 1:
        return rule.thresholds
    return [rung] * len(taxonomy.ids)
