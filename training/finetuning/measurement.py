"""
Measures a fitted transformer on unseen rows, through the code that serves it.

The model scores the rows as a worker loads it. `seen` is the verdict of the guard against leaks; it
is stored with each metric.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from accelerate import PartialState

from training.dataset.extra_rows import exclude_related
from training.dataset.leaks import Seen
from training.dataset.review_files import Row, label_matrix
from training.dataset.training_set import TrainingSet
from training.dataset.validation_split import SplitPart
from training.evaluation.fold_answers import save_and_measure
from training.evaluation.quality_metrics import measure_ladders
from training.finetuning.single_fit import Fitting
from training.prediction.scoring import score_rows
from triage.manifest import QualityMetrics
from worker.classifiers.protocol import Probabilities

ANSWERS = "answers.npy"


def measure_held_out(
    fitting: Fitting, made: Path, part: SplitPart, seen: Seen, *, compare_class: int
) -> tuple[QualityMetrics, ...]:
    """Return the metrics of the model in `made` on the part's measured rows."""
    return measure_ladders(
        part.how + seen.warning,
        label_matrix(part.measured, fitting.taxonomy),
        score_rows(fitting.load(made), part.measured),
        fitting.taxonomy,
        fallback_class=compare_class,
    )


def cross_fit(
    fitting: Fitting,
    material: TrainingSet,
    seen: Seen,
    draft: Path,
    *,
    data: Path,
    compare_class: int,
) -> tuple[QualityMetrics, ...]:
    """
    Fit a model for each fold and return the out-of-fold metrics of all rows.

    The rows were read from `data`. The probabilities are written to oof.npz in `draft`.
    """
    folds = material.folds
    assert folds is not None, "cross-validation without folds"
    answered = np.full((len(material.rows), len(fitting.taxonomy.ids)), np.nan, np.float32)
    for number, fold in enumerate(folds.parts()):
        measured = [material.rows[place] for place in fold.test]
        kept = [material.extra[place] for place in exclude_related(material.extra, measured)]
        learnt = [*(material.rows[place] for place in fold.train), *kept]
        found = _fold_answers(fitting, learnt, measured, draft / f"fold-{number}")
        if PartialState().is_main_process:
            answered[fold.test] = found
    if not PartialState().is_main_process:
        return ()
    return save_and_measure(
        draft,
        material,
        answered,
        fitting.taxonomy,
        data=data,
        model=fitting.name,
        seen=seen,
        compare_class=compare_class,
    )


def _fold_answers(
    fitting: Fitting, learnt: Sequence[Row], measured: Sequence[Row], draft: Path
) -> Probabilities | None:
    """Fit on `learnt`, return the probabilities of `measured`; None off the main process."""
    path = draft / ANSWERS
    made = fitting.fit(learnt, measured, draft)
    if not PartialState().is_main_process:
        return None
    if not path.exists():
        fresh = path.with_suffix(".part")
        with fresh.open("wb") as file:
            np.save(file, score_rows(fitting.load(made), measured))
        fresh.replace(path)
    answers: Probabilities = np.load(path, allow_pickle=False)
    return answers
