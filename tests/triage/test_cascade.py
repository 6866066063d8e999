from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from triage.cascade import KNOWN_RUNGS, Confidence, Decision, FallbackClass, Ladder, decide

LABELS = (0, 7, 19, 42)
TO_19 = Ladder(fallback=FallbackClass.model_validate({"class": 19}))
TO_BEST = Ladder(fallback="most_probable")

probabilities = st.lists(st.floats(0, 1), min_size=len(LABELS), max_size=len(LABELS))
rules = st.sampled_from([TO_19, TO_BEST])


@pytest.mark.parametrize(
    ("rung", "confidence"),
    [
        (0.55, Confidence.SURE),
        (0.5, Confidence.LIKELY),
        (0.45, Confidence.LIKELY),
        (0.4, Confidence.LIKELY),
        (0.35, Confidence.GUESS),
        (0.3, Confidence.GUESS),
        (0.25, Confidence.GUESS),
        (0.2, Confidence.GUESS),
    ],
)
def test_a_probability_just_above_a_rung_is_decided_by_it(
    rung: float, confidence: Confidence
) -> None:
    decision = decide([0.01, rung + 0.001, 0.02, 0.03], LABELS, TO_19)
    assert decision == Decision((7,), rung, confidence)


def test_the_rungs_are_those_of_the_known_recipes() -> None:
    assert KNOWN_RUNGS == (0.55, 0.5, 0.45, 0.4, 0.35, 0.3, 0.25, 0.2)


@pytest.mark.parametrize(("rung", "below"), list(pairwise(KNOWN_RUNGS)))
def test_a_probability_equal_to_a_rung_is_not_above_it(rung: float, below: float) -> None:
    assert decide([0, rung, 0, 0], LABELS, TO_19).rung == below


def test_a_probability_equal_to_the_lowest_rung_is_passed_to_a_person() -> None:
    assert decide([0, 0.2, 0, 0], LABELS, TO_19).confidence is Confidence.PERSON


def test_all_classes_above_the_deciding_rung_are_answered_most_probable_first() -> None:
    assert decide([0.56, 0.9, 0.55, 0.7], LABELS, TO_19).classes == (7, 42, 0)


def test_classes_below_the_deciding_rung_are_not_answered() -> None:
    assert decide([0.41, 0.39, 0.36, 0.35], LABELS, TO_19).classes == (0,)


def test_equal_probabilities_keep_the_order_of_the_labels() -> None:
    assert decide([0.6, 0.6, 0.7, 0.6], LABELS, TO_19).classes == (19, 0, 7, 42)


def test_an_undecided_review_is_filed_under_the_fixed_class() -> None:
    assert decide([0.1, 0.15, 0.01, 0.19], LABELS, TO_19) == Decision(
        (19,), None, Confidence.PERSON
    )


def test_an_undecided_review_is_filed_under_the_most_probable_class() -> None:
    assert decide([0.1, 0.15, 0.01, 0.19], LABELS, TO_BEST) == Decision(
        (42,), None, Confidence.PERSON
    )


def test_of_equal_probabilities_the_first_label_is_the_fallback() -> None:
    assert decide([0.1, 0.1, 0.1, 0.1], LABELS, TO_BEST).classes == (0,)


def test_the_first_rung_gives_sure_even_if_it_is_low() -> None:
    rule = Ladder(rungs=(0.3, 0.1), fallback="most_probable")
    assert decide([0.31, 0, 0, 0], LABELS, rule).confidence is Confidence.SURE
    assert decide([0.2, 0, 0, 0], LABELS, rule).confidence is Confidence.GUESS


def test_a_probability_for_every_class_is_needed() -> None:
    with pytest.raises(AssertionError, match="3 probabilities for 4 classes"):
        decide([0.1, 0.2, 0.3], LABELS, TO_19)


@pytest.mark.parametrize("rungs", [(), (0.5, 0.5), (0.4, 0.5), (1.0, 0.5), (0.5, 0.0), (-0.1,)])
def test_rungs_must_descend_between_zero_and_one(rungs: tuple[float, ...]) -> None:
    with pytest.raises(ValidationError, match="rungs"):
        Ladder(rungs=rungs, fallback="most_probable")


def test_a_rule_of_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ValidationError, match="kind"):
        Ladder.model_validate({"kind": "per-class", "fallback": "most_probable"})


@pytest.mark.parametrize("rule", [TO_19, TO_BEST])
def test_a_rule_is_unchanged_after_serialisation(rule: Ladder) -> None:
    assert Ladder.model_validate_json(rule.model_dump_json(by_alias=True)) == rule


@given(probabilities, rules)
def test_an_answer_is_never_empty_and_names_each_class_once(p: list[float], rule: Ladder) -> None:
    classes = decide(p, LABELS, rule).classes
    assert classes
    assert len(set(classes)) == len(classes)
    assert set(classes) <= set(LABELS)


@given(probabilities, rules)
def test_exactly_the_classes_above_the_rung_are_answered(p: list[float], rule: Ladder) -> None:
    decision = decide(p, LABELS, rule)
    if decision.rung is None:
        assert max(p) <= rule.rungs[-1]
        assert len(decision.classes) == 1
    else:
        above = {label for label, share in zip(LABELS, p, strict=True) if share > decision.rung}
        assert set(decision.classes) == above


@given(probabilities, rules)
def test_the_deciding_rung_is_the_highest_possible(p: list[float], rule: Ladder) -> None:
    decision = decide(p, LABELS, rule)
    higher = [rung for rung in rule.rungs if decision.rung is None or rung > decision.rung]
    assert all(max(p) <= rung for rung in higher)


@given(probabilities, rules)
def test_answered_classes_are_sorted_by_falling_probability(p: list[float], rule: Ladder) -> None:
    shares = dict(zip(LABELS, p, strict=True))
    answered = [shares[label] for label in decide(p, LABELS, rule).classes]
    assert answered == sorted(answered, reverse=True)


@given(probabilities, rules)
def test_only_an_undecided_review_is_passed_to_a_person(p: list[float], rule: Ladder) -> None:
    decision = decide(p, LABELS, rule)
    assert (decision.rung is None) == (decision.confidence is Confidence.PERSON)
