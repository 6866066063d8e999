"""
Calibrates the most probable class of each review by one curve for all classes.

Customers and moderators read how probable the best class is. That it is the best of all says more
than its own probability, so it is right more often than a class of that probability is: a
calibration of all classes does not see this. One rising curve for all keeps the order of the
classes, and a rule that is moved along it decides as before.
"""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from training.dataset.review_files import Labels
from training.tuning.calibrations import Fit, platt
from triage.calibration import HANDED_OVER, Platt, calibrated
from triage.cascade import PerClass, Rule

PRIOR = 1.0


def best_class(truth: Labels, probabilities: NDArray[np.floating]) -> Platt:
    """
    Return the slope and offset, equal for all classes, that fit the best class of each review.

    Reviews that are handed over have no probabilities, only an order; they are left out.
    """
    best = probabilities.argmax(axis=1)
    rows = np.arange(len(truth))
    kept = probabilities[rows, best] > HANDED_OVER + 1e-6
    picked = rows[kept], best[kept]
    one = platt(truth[picked][:, None], probabilities[picked][:, None], prior=PRIOR)
    classes = truth.shape[1]
    return Platt(slope=one.slope * classes, offset=one.offset * classes)


def moved(rule: Rule, calibration: Platt) -> Rule:
    """Return the rule that decides on calibrated probabilities as `rule` does on those before."""

    def at(value: float) -> float:
        return calibrated((value,) * len(calibration.slope), calibration)[0]

    if isinstance(rule, PerClass):
        changed = {
            "thresholds": tuple(map(at, rule.thresholds)),
            "floor": at(rule.floor),
            "sure": at(rule.sure),
        }
    else:
        changed = {"rungs": tuple(map(at, rule.rungs))}
    return type(rule).model_validate(rule.model_dump(by_alias=True) | changed)


# What `calibrate --best-class` compares.
CANDIDATES: Mapping[str, Fit] = MappingProxyType(
    {"none": lambda truth, probabilities: None, "best class": best_class}
)
