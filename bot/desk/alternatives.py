"""
The sets of classes that one tap chooses: the model's own, and the next most probable ones. Pure.

A card offers the model's set and one other, a panel three more. If the model is not sure, a card
offers the two most probable sets instead, and there is nothing to confirm.
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

    `on_card` and `on_panel` are further sets; `toggles` the classes that a panel lists first.
    """

    shown: Classes | None
    on_card: tuple[Classes, ...]
    on_panel: tuple[Classes, ...]
    toggles: Classes

    @property
    def first(self) -> Classes:
        """The set with which a correction starts; empty if no model has read the review."""
        if self.shown is not None:
            return self.shown
        return self.on_card[0] if self.on_card else ()


def alternatives(answer: StoredAnswer | None, taxonomy: Taxonomy) -> Alternatives:
    """Return the sets for an answer; without a usable one only the first classes of the list."""
    decision = answer.under(taxonomy) if answer else None
    if answer is None or decision is None:
        return Alternatives(None, (), (), taxonomy.ids[:TOGGLES])
    is_sure = decision.confidence is not Confidence.PERSON
    shown = decision.classes if is_sure else None
    on_card = 1 if is_sure else 2
    sets = likely_sets(
        answer.probabilities,
        taxonomy.ids,
        on_card + ON_PANEL,
        without=() if shown is None else (frozenset(shown),),
    )
    probability = dict(zip(taxonomy.ids, answer.probabilities, strict=True))
    toggles = by_probability(taxonomy.ids, probability)[:TOGGLES]
    return Alternatives(shown, tuple(sets[:on_card]), tuple(sets[on_card:]), toggles)
