"""Calibrations: what was bent is bent back, and a class of few reviews stays where it is."""

import numpy as np
import pytest
from scipy.special import expit

from training.prediction.decisions import apply_calibration
from training.tuning.calibrations import cross_validated, platt, temperature
from training.tuning.search import Sample

CHANCE = np.random.default_rng(4)
LOGITS = CHANCE.normal(0, 2, (4000, 2))
TRUTH = (CHANCE.random(LOGITS.shape) < expit(LOGITS)).astype(np.int8)


def test_a_temperature_is_found_again() -> None:
    assert temperature(TRUTH, expit(LOGITS * 3)).temperature == pytest.approx(3, rel=0.08)
    assert temperature(TRUTH, expit(LOGITS)).temperature == pytest.approx(1, rel=0.08)


def test_slopes_and_offsets_of_classes_are_found_again() -> None:
    bent = expit(LOGITS * np.array([2, 0.5]) + np.array([1, -1]))

    mended = apply_calibration(bent, platt(TRUTH, bent, prior=0.1))

    assert np.abs(mended - expit(LOGITS)).max() < 0.05


def test_a_class_of_few_reviews_hardly_moves() -> None:
    few = platt(TRUTH[:6], expit(LOGITS[:6] * 3), prior=1000)

    assert few.slope == pytest.approx((1, 1), abs=0.05)
    assert few.offset == pytest.approx((0, 0), abs=0.05)


def test_the_candidate_that_mends_wins_and_none_stays_as_it_is() -> None:
    sample = Sample(TRUTH, expit(LOGITS * 3), np.arange(4000) % 4, (0, 1))
    found = {one.name: one for one in cross_validated(sample)}

    assert np.array_equal(found["none"].probabilities, sample.probabilities)
    assert found["temperature"].reliability.log_loss < found["none"].reliability.log_loss - 0.05
    assert found["temperature"].reliability.ece < 0.02 < found["none"].reliability.ece
