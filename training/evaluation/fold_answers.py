"""
Saves and measures the out-of-fold probabilities of a model of any kind.
"""

from pathlib import Path

import numpy as np

from training.dataset.leaks import Seen
from training.dataset.review_files import label_matrix
from training.dataset.training_set import TrainingSet
from training.evaluation.quality_metrics import measure_ladders
from training.prediction.decisions import BEST_GUESS
from training.prediction.probability_file import OOF, Scored, write_scored
from triage.cascade import Rule
from triage.manifest import QualityMetrics, digest
from triage.taxonomy import Taxonomy
from worker.classifiers.protocol import Probabilities


def save_and_measure(
    folder: Path,
    material: TrainingSet,
    answered: Probabilities,
    taxonomy: Taxonomy,
    *,
    data: Path,
    model: str,
    seen: Seen,
    compare_class: int | None,
    rule: Rule = BEST_GUESS,
) -> tuple[QualityMetrics, ...]:
    """
    Write oof.npz into `folder`, and return the metrics of the labelled rows, read from `data`.

    They are measured by `rule`, and by the default ladder with `compare_class`, if given, as the
    class of undecided reviews.
    """
    folds = material.folds
    assert folds is not None, "out of fold without folds"
    scored = Scored(
        index=np.array([row.index for row in material.rows], np.int64),
        probabilities=answered,
        classes=np.array(taxonomy.ids, np.int64),
        model=model,
        data=digest(data),
        fold=folds.fold_of,
        seen=seen,
    )
    write_scored(folder / OOF, scored)
    return measure_ladders(
        folds.how + seen.warning,
        label_matrix(material.rows, taxonomy),
        answered,
        taxonomy,
        fallback_class=compare_class,
        folds=list(folds.parts()),
        rule=rule,
    )
