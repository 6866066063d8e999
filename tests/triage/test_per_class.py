"""The rule with a threshold for each class."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from triage.cascade import Confidence, Decision, Ladder, PerClass, Rule, decide

LABELS = (0, 7, 19)
RULE = PerClass(thresholds=(0.6, 0.3, 0.5), floor=0.2, fallback="most_probable")

shares = st.lists(st.floats(0, 1), min_size=3, max_size=3)


def test_each_class_is_decided_by_its_own_threshold() -> None:
    assert decide([0.59, 0.31, 0.9], LABELS, RULE) == Decision((19, 7), 0.5, Confidence.SURE)


def test_the_rung_is_the_threshold_of_the_most_probable_answered_class() -> None:
    decision = decide([0.58, 0.41, 0.1], LABELS, RULE)

    assert decision == Decision((7,), 0.3, Confidence.LIKELY)


def test_a_rule_can_set_the_probability_from_which_it_is_sure() -> None:
    rule = RULE.model_copy(update={"sure": 0.7})

    assert decide([0.65, 0, 0], LABELS, RULE).confidence is Confidence.SURE
    assert decide([0.65, 0, 0], LABELS, rule).confidence is Confidence.LIKELY


def test_the_best_class_between_floor_and_threshold_is_a_guess() -> None:
    assert decide([0.55, 0.1, 0.1], LABELS, RULE) == Decision((0,), 0.2, Confidence.GUESS)


def test_a_probability_equal_to_the_floor_is_passed_to_a_person() -> None:
    assert decide([0.2, 0.1, 0.1], LABELS, RULE) == Decision((0,), None, Confidence.PERSON)


def test_an_undecided_review_may_be_filed_under_a_fixed_class() -> None:
    rule = PerClass.model_validate({"thresholds": (0.6, 0.6, 0.6), "fallback": {"class": 7}})

    assert decide([0.1, 0, 0.1], LABELS, rule).classes == (7,)


def test_a_threshold_for_every_class_is_needed() -> None:
    with pytest.raises(AssertionError, match="3 thresholds for 2 classes"):
        decide([0.1, 0.2], LABELS[:2], RULE)


@pytest.mark.parametrize("thresholds", [(), (0.1, 0.5), (1.0, 0.5), (0.5, -0.5)])
def test_thresholds_must_be_between_floor_and_one(thresholds: tuple[float, ...]) -> None:
    with pytest.raises(ValidationError, match="threshold"):
        PerClass(thresholds=thresholds, floor=0.2, fallback="most_probable")


@pytest.mark.parametrize("rule", [RULE, Ladder(fallback="most_probable")])
def test_a_rule_is_unchanged_after_serialisation(rule: Ladder | PerClass) -> None:
    reader: TypeAdapter[Ladder | PerClass] = TypeAdapter(Rule)

    assert reader.validate_json(rule.model_dump_json(by_alias=True)) == rule


@given(shares, st.floats(0.2, 0.9))
def test_equal_thresholds_give_the_answers_of_a_single_rung(row: list[float], rung: float) -> None:
    rule = PerClass(thresholds=(rung,) * 3, floor=0.2, fallback="most_probable")
    ladder = Ladder(rungs=(rung,), fallback="most_probable")

    assert decide(row, LABELS, rule).classes == decide(row, LABELS, ladder).classes


@given(shares)
def test_an_answer_is_never_empty_and_is_sorted_by_falling_probability(row: list[float]) -> None:
    decision = decide(row, LABELS, RULE)
    answered = [dict(zip(LABELS, row, strict=True))[label] for label in decision.classes]

    assert answered
    assert answered == sorted(answered, reverse=True)
    assert (decision.rung is None) == (decision.confidence is Confidence.PERSON)
