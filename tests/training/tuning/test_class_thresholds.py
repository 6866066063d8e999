"""Thresholds for each class: found where they are planted, drawn together where data are few."""

import numpy as np
import pytest

from training.evaluation.scores import score
from training.prediction.decisions import answer
from training.tuning.class_thresholds import best_thresholds
from training.tuning.gains import exact
from triage.cascade import PerClass

CHANCE = np.random.default_rng(3)
# The first class is right above 0.7, the second above 0.4; one of them always is.
HIGH = CHANCE.uniform(0.3, 0.95, 400)
LOW = CHANCE.uniform(0.25, 0.9, 400)
P = np.stack([HIGH, LOW], axis=1)
TRUTH = np.stack([HIGH > 0.7, LOW > 0.4], axis=1).astype(np.int8)
P, TRUTH = P[TRUTH.any(axis=1)], TRUTH[TRUTH.any(axis=1)]


def found(shrinkage: float) -> tuple[float, ...]:
    return best_thresholds(TRUTH, P, exact, shrinkage=shrinkage, lowest=0.2)


def test_each_class_gets_the_threshold_that_separates_it() -> None:
    thresholds = found(0)
    rule = PerClass(thresholds=thresholds, fallback="most_probable")

    assert thresholds == pytest.approx((0.7, 0.4), abs=0.02)
    assert score(TRUTH, answer(P, (0, 1), rule)).exact_match > 0.97


def test_shrinkage_moves_the_thresholds_closer_together() -> None:
    distances = [np.ptp(found(shrinkage)) for shrinkage in (0, 100, 1000, 1e9)]

    assert distances == sorted(distances, reverse=True)
    assert distances[-1] == 0


def test_no_threshold_is_below_the_floor() -> None:
    assert min(best_thresholds(TRUTH, P, exact, shrinkage=0, lowest=0.5)) >= 0.5


def test_threshold_tuning_considers_the_fallback_class() -> None:
    """Whoever is undecided is right as the second class, so no threshold may catch it."""
    p = np.array([[0.19, 0.05]] * 10 + [[0.5, 0.1]] * 2)
    truth = np.array([[0, 1]] * 10 + [[1, 0]] * 2, np.int8)

    thresholds = best_thresholds(truth, p, exact, shrinkage=0, lowest=0.2, fallback=1)

    rule = PerClass.model_validate({"thresholds": thresholds, "fallback": {"class": 7}})
    assert score(truth, answer(p, (0, 7), rule)).exact_match == 1
