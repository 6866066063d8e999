"""
Calibrates the most probable class of each review, and moves the rule with it.

Customers and moderators read how probable the best class is. A calibration of all classes does not
correct that number: nearly all of the values that it is fitted to belong to other classes.
"""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from training.dataset.review_files import Labels
from training.errors import BadFlag
from training.prediction.decisions import served
from training.tuning.calibrations import Fit, platt_class
from triage.calibration import HANDED_OVER_AS_STORED, BestClass
from triage.cascade import Confidence, Decision, PerClass, Rule
from triage.manifest import Manifest
from worker.classifiers.protocol import Probabilities

PRIOR = 1.0


def best_class(truth: Labels, probabilities: NDArray[np.floating]) -> BestClass:
    """
    Return the curve that fits the best class of each review.

    Reviews for a person have no probabilities, only a ranking; they are left out.
    """
    rows, best = np.arange(len(truth)), probabilities.argmax(axis=1)
    kept = probabilities[rows, best] > HANDED_OVER_AS_STORED
    picked = rows[kept], best[kept]
    slope, offset = platt_class(truth[picked], probabilities[picked], prior=PRIOR)
    return BestClass(slope=slope, offset=offset)


def moved(rule: Rule, calibration: BestClass) -> PerClass:
    """
    Return the rule that gives a review the classes that `rule` gives it before calibration.

    The floor moves too, so the same reviews go to a person. That does not hold for all
    reviews if thresholds differ or are above `sure`, or the floor would pass one: `check_answers`.
    Raises BadFlag for a ladder: which of its rungs decides depends on the best class alone.
    """
    if not isinstance(rule, PerClass):
        raise BadFlag("--best-class: needs a rule of thresholds, as `fit cpu` writes, not a ladder")
    thresholds = tuple(map(calibration.others, rule.thresholds))
    changed = {
        "thresholds": thresholds,
        "floor": min(calibration.curve(rule.floor), *thresholds),
        "sure": calibration.curve(rule.sure),
    }
    return PerClass.model_validate(rule.model_dump(by_alias=True) | changed)


def check_answers(raw: Probabilities, before: Manifest, after: Manifest) -> None:
    """Check that each review keeps its classes, and is sure or for a person as before; BadFlag."""
    pairs = zip(served(raw, before), served(raw, after), strict=True)
    changed = sum(_kept(old) != _kept(new) for old, new in pairs)
    if changed:
        raise BadFlag(
            f"--best-class: would change the answers of {changed} of {len(raw)} reviews; calibrate "
            "without --best-class"
        )


def _kept(decision: Decision) -> tuple[tuple[int, ...], bool, bool]:
    sure, person = (decision.confidence is one for one in (Confidence.SURE, Confidence.PERSON))
    return decision.classes, sure, person


# What `calibrate --best-class` compares.
CANDIDATES: Mapping[str, Fit] = MappingProxyType(
    {"none": lambda truth, probabilities: None, "best class": best_class}
)
