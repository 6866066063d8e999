"""Which doubtful review comes first."""

import math

from bot.archive.queue_store import Doubt
from bot.private_desk.queue_order import (
    Ranked,
    gain,
    probability_of_set,
    ranked,
    without_repeats,
)
from tests.bot.samples import TAXONOMY, probabilities

OTHERS = 0.99 ** (len(TAXONOMY.ids) - 1)


def doubt(number: int, share: float, class_id: int = 3, *, is_undecided: bool = False) -> Doubt:
    return Doubt(number, (class_id,), probabilities((class_id, share)), is_undecided)


def test_the_probability_of_a_set_is_that_of_exactly_its_classes() -> None:
    assert math.isclose(probability_of_set(doubt(1, 0.4), TAXONOMY), 0.4 * OTHERS)
    assert probability_of_set(doubt(1, 0.4, is_undecided=True), TAXONOMY) == 0
    assert probability_of_set(Doubt(1, (3,), (0.5,), False), TAXONOMY) == 0
    assert probability_of_set(Doubt(1, (99,), probabilities((3, 0.4)), False), TAXONOMY) == 0


def test_the_least_certain_review_comes_first_and_the_newest_among_equals() -> None:
    doubts = [doubt(1, 0.5), doubt(2, 0.3), doubt(3, 0.5), doubt(4, 0.5, is_undecided=True)]
    assert [one.number for one in ranked(doubts, {}, TAXONOMY)] == [4, 2, 3, 1]


def test_a_class_with_many_labels_has_a_lower_gain() -> None:
    rare, common = doubt(1, 0.5, 5), doubt(2, 0.3, 3)
    assert [one.number for one in ranked([rare, common], {3: 8}, TAXONOMY)] == [1, 2]
    assert math.isclose(gain(common, {3: 8}, TAXONOMY), (1 - 0.3 * OTHERS) / 3)
    both = Doubt(3, (3, 5), probabilities((3, 0.3), (5, 0.3)), False)
    assert gain(both, {3: 8}, TAXONOMY) > gain(common, {3: 8}, TAXONOMY)


def test_repeated_texts_are_moved_to_the_end() -> None:
    order = [Ranked(1, 0.9), Ranked(2, 0.8), Ranked(3, 0.7)]
    assert without_repeats(order, {1: "Долго!", 2: " долго!", 3: "Дорого"}) == [1, 3, 2]
    assert without_repeats(order, {}) == [1, 2, 3]
