"""Calibrations: what was bent is bent back, and a class of few reviews stays where it is."""

import numpy as np
import pytest
from scipy.special import expit

from training.errors import BadFlag
from training.evaluation.diagnostics import reliability
from training.prediction.decisions import apply_calibration, common_threshold, decisions
from training.tuning.best_class import best_class, check_answers, moved
from training.tuning.calibrations import cautious, cross_validated, platt, temperature
from training.tuning.search import Sample
from triage.calibration import HANDED_OVER, BestClass, Temperature, calibrated
from triage.cascade import Confidence, Ladder, PerClass
from triage.manifest import Manifest

CHANCE = np.random.default_rng(4)
LOGITS = CHANCE.normal(0, 2, (4000, 2))
TRUTH = (CHANCE.random(LOGITS.shape) < expit(LOGITS)).astype(np.int8)


def test_a_known_temperature_is_recovered() -> None:
    assert temperature(TRUTH, expit(LOGITS * 3)).temperature == pytest.approx(3, rel=0.08)
    assert temperature(TRUTH, expit(LOGITS)).temperature == pytest.approx(1, rel=0.08)


def test_known_slopes_and_offsets_of_classes_are_recovered() -> None:
    bent = expit(LOGITS * np.array([2, 0.5]) + np.array([1, -1]))

    mended = apply_calibration(bent, platt(TRUTH, bent, prior=0.1))

    assert np.abs(mended - expit(LOGITS)).max() < 0.05


def test_a_class_with_few_reviews_is_hardly_changed() -> None:
    few = platt(TRUTH[:6], expit(LOGITS[:6] * 3), prior=1000)

    assert few.slope == pytest.approx((1, 1), abs=0.05)
    assert few.offset == pytest.approx((0, 0), abs=0.05)


def test_calibration_does_not_raise_reviews_for_a_person_above_the_threshold() -> None:
    """A class that is hardly ever told of and always true: the fit alone would ask for more."""
    always = platt(np.ones((400, 1), np.int8), np.full((400, 1), HANDED_OVER), prior=1e-3)

    (raised,) = calibrated([HANDED_OVER], always)
    assert raised == pytest.approx(0.19)


def test_a_temperature_does_not_answer_reviews_passed_to_a_person() -> None:
    low = cautious(Temperature(temperature=9))

    assert calibrated([HANDED_OVER], low) == pytest.approx((0.19,))
    assert cautious(Temperature(temperature=1.5)) == Temperature(temperature=1.5)
    assert cautious(None) is None


def test_the_best_calibration_has_a_lower_loss_and_none_changes_nothing() -> None:
    sample = Sample(TRUTH, expit(LOGITS * 3), np.arange(4000) % 4, (0, 1))
    found = {one.name: one for one in cross_validated(sample)}

    assert np.array_equal(found["none"].probabilities, sample.probabilities)
    assert found["temperature"].reliability.log_loss < found["none"].reliability.log_loss - 0.05
    assert found["temperature"].reliability.ece < 0.02 < found["none"].reliability.ece


def too_modest() -> tuple[np.ndarray, np.ndarray]:
    """Return labels and probabilities of a model whose best class is right more often than told."""
    chance = np.random.default_rng(9)
    logits = chance.normal(-1, 1.5, (3000, 3))
    truth = (chance.random(logits.shape) < expit(2 * logits + 1)).astype(np.int8)
    return truth, expit(logits)


def test_the_best_class_calibration_improves_ece_and_keeps_the_order() -> None:
    truth, told = too_modest()

    mended = apply_calibration(told, best_class(truth, told))

    assert np.array_equal(mended.argsort(axis=1), told.argsort(axis=1))
    before, after = (reliability(truth, p).ece_best for p in (told, mended))
    assert after < 0.03 < before


@pytest.mark.parametrize("offset", [-1.0, 0.5])
def test_a_rule_moved_with_the_best_class_calibration_gives_equal_classes(offset: float) -> None:
    _, told = too_modest()
    told[0] = told[0] / told[0].max() * HANDED_OVER
    curve, rule = BestClass(slope=0.6, offset=offset), common_threshold(3)

    before = decisions(told, (0, 7, 12), rule)
    after = decisions(apply_calibration(told, curve), (0, 7, 12), moved(rule, curve))

    assert [one.classes for one in after] == [one.classes for one in before]
    for level in (Confidence.PERSON, Confidence.SURE):
        assert [one.confidence is level for one in after] == [
            one.confidence is level for one in before
        ]
    assert before[0].confidence is Confidence.PERSON


def test_a_ladder_rule_cannot_be_moved_with_the_best_class_calibration() -> None:
    with pytest.raises(BadFlag, match="needs a rule of thresholds"):
        moved(Ladder(fallback="most_probable"), BestClass(slope=1, offset=0))


def test_reviews_passed_to_a_person_do_not_affect_the_calibration_curve() -> None:
    truth, told = too_modest()
    handed_over = np.full_like(told, HANDED_OVER, np.float32)

    both = best_class(np.concatenate([truth, truth]), np.concatenate([told, handed_over]))

    assert both == best_class(truth, told)


@pytest.mark.parametrize(
    ("rule", "raw"),
    [
        # The best class is below its own threshold, the second above its lower one.
        (PerClass(thresholds=(0.6, 0.4), fallback="most_probable"), [0.55, 0.5]),
        # The answer was a guess at the floor and would be sure.
        (PerClass(thresholds=(0.7, 0.7), fallback="most_probable"), [0.6, 0.1]),
        # The floor cannot move above the thresholds, so no longer a person decides.
        (PerClass(thresholds=(0.22, 0.22), fallback="most_probable"), [0.19, 0.1]),
    ],
)
def test_a_best_class_calibration_that_changes_an_answer_is_found(
    rule: PerClass, raw: list[float]
) -> None:
    curve = BestClass(slope=1, offset=1)
    before = Manifest.model_construct(labels=(0, 7), rule=rule, calibration=None)
    after = before.model_copy(update={"calibration": curve, "rule": moved(rule, curve)})
    same, other = [0.9, 0.1], raw

    check_answers(np.array([same, same]), before, after)
    with pytest.raises(BadFlag, match="would change the answers of 1 of 2 reviews"):
        check_answers(np.array([same, other]), before, after)
