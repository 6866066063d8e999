"""
The structure (makeup) of a CPU model, chosen for the given labels.

With few labels a regression on the published encoder's features, which also learns from the words
of the classes, is better than fine-tuning. Candidates are compared by cross-validation on the
training rows, with identical texts in one part.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from training.dataset.folds import split, text_key
from training.dataset.review_files import Row, label_matrix
from training.evaluation.scores import score
from training.prediction.decisions import COMMON_THRESHOLD, answer, common_threshold
from triage.cascade import PerClass
from triage.taxonomy import Taxonomy
from worker.classifiers.encoder.blended_model import mean_of
from worker.classifiers.protocol import Probabilities

AUTO = "auto"

# With at least this many rows the last makeup is chosen without a comparison.
ENOUGH_ROWS = 1500

PARTS = 3

# The fine-tuned encoder's share of the mean. On inner folds 0.6 to 0.8 were equally good, and 0.5
# was 0.007 worse in exact match.
TUNED_SHARE = 0.65

# With self-training 0.5 answers more reviews exactly than 0.45 (0.521 instead of 0.518).
TUNED_THRESHOLD = 0.5


@dataclass(frozen=True, slots=True)
class Makeup:
    """
    Whether the encoder is fine-tuned, its share of the mean with the n-grams, and the threshold.

    All classes above the threshold are answered.
    """

    tuned: bool
    share: float
    threshold: float = COMMON_THRESHOLD

    def rule(self, taxonomy: Taxonomy) -> PerClass:
        """Return the rule of a model of this makeup."""
        return common_threshold(len(taxonomy.ids), self.threshold)


MAKEUPS: Mapping[str, Makeup] = MappingProxyType(
    {
        "frozen": Makeup(tuned=False, share=1.0),
        "frozen-ngrams": Makeup(tuned=False, share=0.5),
        "tuned-ngrams": Makeup(tuned=True, share=TUNED_SHARE, threshold=TUNED_THRESHOLD),
    }
)
LEAST, *_, FULL = MAKEUPS

# Returns the probabilities of n-grams and encoder for the second rows, fitted by the makeup on the
# first rows; the number is that of the part.
Fitted = Callable[[Sequence[Row], Sequence[Row], Makeup, int], tuple[Probabilities, Probabilities]]


def choose(rows: Sequence[Row], taxonomy: Taxonomy, fitted: Fitted, *, seed: int) -> str:
    """Return the name of the makeup with the best micro-F1; too few texts give LEAST."""
    if len(rows) >= ENOUGH_ROWS:
        return FULL
    if len({text_key(row.review.text) for row in rows}) < 2 * PARTS:
        return LEAST
    scores = _compare(rows, taxonomy, fitted, seed)
    for name, value in scores.items():
        print(f"micro-F1 {value:.3f} by {name}", flush=True)
    return max(scores, key=scores.__getitem__)


def _compare(
    rows: Sequence[Row], taxonomy: Taxonomy, fitted: Fitted, seed: int
) -> Mapping[str, float]:
    """Return the micro-F1 of each makeup, every row answered by a fit without it."""
    truth, keys = label_matrix(rows, taxonomy), [text_key(row.review.text) for row in rows]
    found = {name: np.zeros(truth.shape, np.float32) for name in MAKEUPS}
    for number, part in enumerate(split(truth, keys, folds=PARTS, seed=seed)):
        learnt, measured = ([rows[at] for at in places] for places in (part.train, part.test))
        each = {
            one.tuned: fitted(learnt, measured, one, number)
            for one in (MAKEUPS[LEAST], MAKEUPS[FULL])
        }
        for name, makeup in MAKEUPS.items():
            ngrams, encoder = each[makeup.tuned]
            found[name][part.test] = mean_of(ngrams, encoder, share=makeup.share)
    return {
        name: score(truth, answer(one, taxonomy.ids, MAKEUPS[name].rule(taxonomy))).micro_f1
        for name, one in found.items()
    }
