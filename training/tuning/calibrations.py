"""
Fits calibrations on out-of-fold probabilities, and cross-validates them.

The candidates are compared by log loss, a proper scoring rule. Platt's slopes and offsets have a
Gaussian prior at 1 and 0, so that those of a rare class hardly change.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize, minimize_scalar
from scipy.special import expit, logit

from training.dataset.review_files import Labels
from training.evaluation.diagnostics import Reliability, reliability
from training.prediction.decisions import apply_calibration
from training.tuning.search import Sample
from triage.calibration import HANDED_OVER, NEAREST, Calibration, Platt, Temperature
from triage.cascade import KNOWN_RUNGS

# Bounds of the search for the logarithm of the temperature: from 1/20 to 20.
SPAN = 3.0

# A slope of zero or less would reverse the order of a class's probabilities.
LEAST_SLOPE = 0.05

# The highest calibrated probability of a review for a person: just below the last known rung.
HIGHEST_RAISED = KNOWN_RUNGS[-1] - 0.01

Fit = Callable[[Labels, NDArray[np.floating]], Calibration | None]


def temperature(truth: Labels, probabilities: NDArray[np.floating]) -> Temperature:
    """Return the temperature with the least log loss."""
    logits = _logits(probabilities)

    def loss(log_temperature: float) -> float:
        return _loss(truth, logits / np.exp(log_temperature))

    found = minimize_scalar(loss, bounds=(-SPAN, SPAN), method="bounded")
    return Temperature(temperature=float(np.exp(found.x)))


def cautious(calibration: Calibration | None) -> Calibration | None:
    """Return a temperature so low that a review for a person is not answered."""
    if not isinstance(calibration, Temperature):
        return calibration
    most = float(logit(HANDED_OVER) / logit(HIGHEST_RAISED))
    return Temperature(temperature=min(calibration.temperature, most))


def platt(truth: Labels, probabilities: NDArray[np.floating], *, prior: float) -> Platt:
    """
    Return a slope and an offset for each class; `prior` is the precision of the prior.

    No offset is so large that a review for a person would be answered.
    """
    pairs = [
        platt_class(truth[:, c], probabilities[:, c], prior=prior) for c in range(truth.shape[1])
    ]
    slopes = tuple(slope for slope, _ in pairs)
    return Platt(slope=slopes, offset=tuple(_low(*pair) for pair in pairs))


def platt_class(
    wanted: NDArray[np.int8], probabilities: NDArray[np.floating], *, prior: float
) -> tuple[float, float]:
    """Return slope and offset of one class, or of anything else that was right or wrong."""
    logits = _logits(probabilities)

    def loss(pair: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        slope, offset = pair
        calibrated = slope * logits + offset
        off = expit(calibrated) - wanted
        away = np.array([slope - 1, offset])
        total = np.logaddexp(0, calibrated).sum() - calibrated[wanted == 1].sum()
        slopes = np.array([off @ logits, off.sum()]) + prior * away
        return total + prior / 2 * (away @ away), slopes

    bounds = [(LEAST_SLOPE, None), (None, None)]
    found = minimize(loss, np.array([1.0, 0.0]), jac=True, method="L-BFGS-B", bounds=bounds)
    return float(found.x[0]), float(found.x[1])


# By the name in reports.
PLATT: Mapping[str, Fit] = MappingProxyType(
    {
        "platt, prior 1": lambda truth, probabilities: platt(truth, probabilities, prior=1.0),
        "platt, prior 10": lambda truth, probabilities: platt(truth, probabilities, prior=10.0),
    }
)
CANDIDATES: Mapping[str, Fit] = MappingProxyType(
    {"none": lambda truth, probabilities: None, "temperature": temperature, **PLATT}
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A calibration's probabilities on folds that it was not fitted on, and their calibration."""

    name: str
    probabilities: NDArray[np.floating]
    reliability: Reliability


def cross_validated(
    sample: Sample, candidates: Mapping[str, Fit] = CANDIDATES
) -> tuple[Candidate, ...]:
    """Return each candidate, fitted on all folds but the one that it is measured on."""
    found = []
    for name, fit in candidates.items():
        calibrated = np.array(sample.probabilities, np.float64)
        for fold, (rest, own) in zip(np.unique(sample.fold), sample.splits(), strict=True):
            calibration = fit(rest.truth, rest.probabilities)
            calibrated[sample.fold == fold] = apply_calibration(own.probabilities, calibration)
        found.append(Candidate(name, calibrated, reliability(sample.truth, calibrated)))
    return tuple(found)


def best_of(candidates: Sequence[Candidate]) -> Candidate:
    """Return the candidate with the least log loss."""
    return min(candidates, key=lambda one: one.reliability.log_loss)


def calibrate_split(
    candidates: Mapping[str, Fit], rest: Sample, own: Sample
) -> tuple[Sample, Sample]:
    """
    Return both with the candidate that is best on `rest`, which does not contain `own`.

    Within `rest` each fold is calibrated on the others; `own` is calibrated on all of `rest`.
    """
    best = best_of(cross_validated(rest, candidates))
    calibration = candidates[best.name](rest.truth, rest.probabilities)
    return (
        replace(rest, probabilities=best.probabilities),
        replace(own, probabilities=apply_calibration(own.probabilities, calibration)),
    )


def _low(slope: float, offset: float) -> float:
    return min(offset, float(logit(HIGHEST_RAISED) - slope * logit(HANDED_OVER)))


def _loss(truth: Labels, logits: NDArray[np.float64]) -> float:
    return float((np.logaddexp(0, logits) - truth * logits).mean())


def _logits(probabilities: NDArray[np.floating]) -> NDArray[np.float64]:
    return logit(np.clip(probabilities.astype(np.float64), NEAREST, 1 - NEAREST))
