"""What correcting costs, in taps."""

import pytest

from bot.archive.records import StoredAnswer
from bot.desk.alternatives import alternatives
from bot.desk.tap_count import fewest_taps
from tests.bot.samples import MODEL, TAXONOMY, probabilities
from triage.cascade import Ladder, decide

FAR = [c.id for c in TAXONOMY.classes if c.id >= 30]


def taps(*wanted: int) -> int:
    """Return the taps if the model finds classes 0 to 9 the most probable, 0 before all others."""
    shares = ((0, 0.9), *((c, 0.30 - 0.01 * c) for c in range(1, 10)))
    known = probabilities(*shares)
    decision = decide(known, TAXONOMY.ids, Ladder(fallback="most_probable"))
    return fewest_taps(
        wanted, alternatives(StoredAnswer(MODEL, known, decision, None), TAXONOMY), TAXONOMY
    )


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ((0,), 1),  # Right
        ((0, 1), 1),  # the other set on the card
        ((0, 2), 2),  # a set of the panel
        ((0, 8), 2),  # Fix and one switch
        ((8,), 3),  # Fix and two switches
        ((0, FAR[0]), 3),  # Fix, a group, a class
        ((FAR[0],), 4),
    ],
)
def test_the_fewest_taps_to_each_set_are_counted(wanted: tuple[int, ...], expected: int) -> None:
    assert taps(*wanted) == expected


def test_if_the_model_is_unsure_its_guess_costs_one_tap_on_an_empty_panel() -> None:
    shares = ((0, 0.12), *((c, 0.11 - 0.01 * c) for c in range(1, 10)))
    known = probabilities(*shares)
    decision = decide(known, TAXONOMY.ids, Ladder(fallback="most_probable"))
    sets = alternatives(StoredAnswer(MODEL, known, decision, None), TAXONOMY)
    assert sets.shown is None
    wanted = ((0,), (8,), (0, 8))
    assert [fewest_taps(one, sets, TAXONOMY) for one in wanted] == [1, 2, 3]


def test_a_class_of_a_second_group_costs_two_more_taps() -> None:
    group = {c.id: c.group for c in TAXONOMY.classes}
    same = next(c for c in FAR[1:] if group[c] == group[FAR[0]])
    other = next(c for c in FAR[1:] if group[c] != group[FAR[0]])
    assert taps(0, FAR[0], same) == 4
    assert taps(0, FAR[0], other) == 6
