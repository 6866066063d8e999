"""
The sets of classes that one tap chooses: the model's own, and the next most probable ones. Pure.

A card offers the model's set and one other, a panel three more. If the model is not sure, a card
offers the two most probable sets instead, and there is nothing to confirm. The panel then starts
empty, because a preselected guess would stay in many labels by mistake, and it offers the guess as
its first set.
"""

from dataclasses import dataclass

from bot.archive.records import StoredAnswer
from bot.desk.label_sets import by_probability, likely_sets
from triage.cascade import Confidence
from triage.taxonomy import Taxonomy

ON_PANEL = 3
TOGGLES = 10

Classes = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Alternatives:
    """
    `shown` is what the model answered, None if it left the review to a person.

    `on_card` and `on_panel` are sets to choose; `toggles` the classes that a panel lists first.
    """

    shown: Classes | None
    on_card: tuple[Classes, ...]
    on_panel: tuple[Classes, ...]
    toggles: Classes

    @property
    def first(self) -> Classes:
        """The set with which a correction starts; empty if the model did not decide."""
        return self.shown or ()

    @property
    def guess(self) -> Classes:
        """The most probable set if the model did not decide; the first set of the panel."""
        return () if self.shown is not None else next(iter(self.on_panel), ())


def alternatives(answer: StoredAnswer | None, taxonomy: Taxonomy) -> Alternatives:
    """Return the sets for an answer; without a usable one only the first classes of the list."""
    decision = answer.under(taxonomy) if answer else None
    if answer is None or decision is None:
        return Alternatives(None, (), (), taxonomy.ids[:TOGGLES])
    is_sure = decision.confidence is not Confidence.PERSON
    shown = decision.classes if is_sure else None
    on_card, further = (1, ON_PANEL) if is_sure else (2, ON_PANEL - 1)
    sets = likely_sets(
        answer.probabilities,
        taxonomy.ids,
        on_card + further,
        without=() if shown is None else (frozenset(shown),),
    )
    probability = dict(zip(taxonomy.ids, answer.probabilities, strict=True))
    toggles = by_probability(taxonomy.ids, probability)[:TOGGLES]
    guess = [] if is_sure else sets[:1]
    on_panel = (*guess, *sets[on_card:])
    return Alternatives(shown, tuple(sets[:on_card]), on_panel, toggles)
