"""
Calibrated probabilities and decisions of a model for many reviews.

Pure. Uses the functions that serve (triage/calibration.py, triage/cascade.py).
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from training.dataset.review_files import Labels
from triage.calibration import Calibration, calibrated
from triage.cascade import Decision, Ladder, PerClass, Rule, decide
from triage.manifest import Manifest
from worker.classifiers.protocol import Probabilities

# For an undecided review the most probable class is right more often than any fixed class.
BEST_GUESS = Ladder(fallback="most_probable")

# Used by models of the encoder; on inner folds 0.45 and 0.5 beat the ladder in each variant.
COMMON_THRESHOLD = 0.45


def common_threshold(classes: int, threshold: float = COMMON_THRESHOLD) -> PerClass:
    """Return the rule that answers all classes above `threshold`, or else the best one."""
    return PerClass(thresholds=(threshold,) * classes, fallback="most_probable")


def apply_calibration(
    probabilities: Probabilities, calibration: Calibration | None
) -> NDArray[np.floating]:
    """Return each row calibrated, as the worker serves it."""
    if calibration is None:
        return probabilities
    rows = [calibrated(row, calibration) for row in probabilities.tolist()]
    return np.array(rows, np.float64).reshape(probabilities.shape)


def decisions(
    probabilities: NDArray[np.floating], labels: Sequence[int], rule: Rule
) -> tuple[Decision, ...]:
    """Return the decision of `rule` on each row."""
    return tuple(decide(row, labels, rule) for row in probabilities.tolist())


def served(probabilities: Probabilities, manifest: Manifest) -> tuple[Decision, ...]:
    """Return the worker's decision on each row of a model's probabilities."""
    calibrated_rows = apply_calibration(probabilities, manifest.calibration)
    return decisions(calibrated_rows, manifest.labels, manifest.rule)


def as_labels(decided: Sequence[Decision], labels: Sequence[int]) -> Labels:
    """Return the decided classes as zeros and ones."""
    return np.array([[c in d.classes for c in labels] for d in decided], np.int8)


def answer(probabilities: NDArray[np.floating], labels: Sequence[int], rule: Rule) -> Labels:
    """Return the classes that `rule` gives each row of probabilities, as zeros and ones."""
    return as_labels(decisions(probabilities, labels, rule), labels)
