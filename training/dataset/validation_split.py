"""
Splits the rows into those to train the final model on, and those to measure it on. Pure.

Without a file of folds a share of the rows is held out. With one, a fold is held out, or the model
is cross-validated and nothing is held out.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from training.dataset.extra_rows import exclude_related
from training.dataset.folds import Fold, split, text_key
from training.dataset.leaks import TrainedOn, trained_on_rows
from training.dataset.review_files import Row, label_matrix
from training.dataset.training_set import TrainingSet
from training.errors import BadFlag
from triage.taxonomy import Taxonomy

# The share of the training rows by which the best epoch is chosen.
CHOICE_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class SplitPart:
    """
    Rows to train on and rows to measure; `how` says how they were split.

    `trained` are the texts that the model is trained on. With `cross_validates` it is measured out
    of fold.
    """

    learnt: tuple[Row, ...]
    measured: tuple[Row, ...]
    how: str
    trained: TrainedOn
    cross_validates: bool = False


def split_for_fit(
    material: TrainingSet, taxonomy: Taxonomy, *, held_out: int | None, share: float, seed: int
) -> SplitPart:
    """
    Return the split of the final model; without folds about `share` of the rows is held out.

    Raises BadFlag if there are too few different texts.
    """
    rows, folds = material.rows, material.folds
    if folds is not None and held_out is not None:
        how = f"fold {held_out} of {folds.how}"
        return SplitPart(material.learnt, material.held_out, how, material.trained)
    if folds is not None:
        return SplitPart(material.learnt, (), folds.how, material.trained, cross_validates=True)
    if share == 0:
        return SplitPart(material.learnt, (), "", material.trained)
    fold = hold_out(rows, taxonomy, share=share, seed=seed)
    measured = tuple(rows[place] for place in fold.test)
    kept = [material.extra[place] for place in exclude_related(material.extra, measured)]
    learnt = (*(rows[place] for place in fold.train), *kept)
    trained = trained_on_rows(learnt).union(material.made_by)
    how = f"held out {share:g} (seed {seed}), identical texts in one part"
    return SplitPart(learnt, measured, how, trained)


def hold_out(rows: Sequence[Row], taxonomy: Taxonomy, *, share: float, seed: int) -> Fold:
    """Return the rows to train on, and about `share` of all rows to measure."""
    keys = [text_key(row.review.text) for row in rows]
    folds = split(label_matrix(rows, taxonomy), keys, folds=round(1 / share), seed=seed)
    return next(iter(folds))


def set_aside(rows: Sequence[Row], taxonomy: Taxonomy, *, seed: int) -> tuple[list[Row], list[Row]]:
    """
    Return the rows to train on, and the remaining rows, by which the best epoch is chosen.

    No text is in both, and no row to train on was made from a remaining one. All rows count as
    trained on. Raises BadFlag if there are too few different texts.
    """
    given = [row for row in rows if row.origin is None]
    made = [row for row in rows if row.origin is not None]
    try:
        fold = hold_out(given, taxonomy, share=CHOICE_SHARE, seed=seed)
    except BadFlag as e:
        raise BadFlag(f"--keep-best: {e}; add rows, or --no-keep-best") from e
    chosen = [given[place] for place in fold.test]
    kept = [made[place] for place in exclude_related(made, chosen)]
    return [*(given[place] for place in fold.train), *kept], chosen
