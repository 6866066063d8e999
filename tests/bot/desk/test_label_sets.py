"""Whole sets of classes, the most probable first, and what a card and a panel make of them."""

from itertools import chain, combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.desk.alternatives import TOGGLES, alternatives
from bot.desk.label_sets import likely_sets
from tests.bot.samples import TAXONOMY, answer
from triage.cascade import Confidence

SIX = range(6)


def brute_force(shares: list[float]) -> list[float]:
    """Return the probability of every set that is not empty, in descending order."""
    found = []
    for chosen in chain.from_iterable(combinations(SIX, size) for size in range(1, 7)):
        product = 1.0
        for class_id, share in enumerate(shares):
            product *= share if class_id in chosen else 1 - share
        found.append(product)
    return sorted(found, reverse=True)


def probability_of(chosen: tuple[int, ...], shares: list[float]) -> float:
    product = 1.0
    for class_id, share in enumerate(shares):
        product *= share if class_id in chosen else 1 - share
    return product


@given(st.lists(st.floats(0.01, 0.99), min_size=6, max_size=6))
def test_sets_are_ordered_by_probability(shares: list[float]) -> None:
    sets = likely_sets(shares, SIX, 20)
    assert len(set(map(frozenset, sets))) == 20
    assert [probability_of(one, shares) for one in sets] == pytest.approx(brute_force(shares)[:20])


def test_sets_that_are_already_shown_and_the_empty_set_are_excluded() -> None:
    shares = [0.4, 0.3, 0.01, 0.01, 0.01, 0.01]
    assert likely_sets(shares, SIX, 2) == [(0,), (1,)]
    assert likely_sets(shares, SIX, 2, without=[frozenset({0})]) == [(1,), (0, 1)]


def test_the_number_of_sets_is_limited_by_the_number_of_classes() -> None:
    assert likely_sets([0.9], [7], 5) == [(7,)]


@given(st.lists(st.sampled_from([0.0, 1.0, 0.5]), min_size=6, max_size=6))
def test_probabilities_of_zero_and_one_give_valid_sets(shares: list[float]) -> None:
    assert len(likely_sets(shares, SIX, 10)) == 10


def test_a_card_offers_one_alternative_set_and_a_panel_three_more() -> None:
    found = alternatives(answer((3,), share=0.8), TAXONOMY)
    assert found.first == found.shown == (3,)
    assert found.guess == ()
    offered = [*found.on_card, *found.on_panel]
    assert (len(found.on_card), len(found.on_panel), len(found.toggles)) == (1, 3, TOGGLES)
    assert len({frozenset(classes) for classes in [(3,), *offered]}) == 5


def test_without_a_decision_a_card_offers_two_sets_and_no_set_of_the_model() -> None:
    found = alternatives(answer((3,), Confidence.PERSON, 0.19), TAXONOMY)
    assert found.shown is None
    assert (len(found.on_card), len(found.on_panel)) == (2, 3)
    assert found.guess == found.on_card[0] == found.on_panel[0] == (3,)
    assert len(set(found.on_panel)) == 3
    assert found.first == ()


def test_without_an_answer_there_are_only_toggles() -> None:
    found = alternatives(None, TAXONOMY)
    assert found.first == found.guess == ()
    assert found.on_card == found.on_panel == ()
    assert found.toggles == TAXONOMY.ids[:TOGGLES]
