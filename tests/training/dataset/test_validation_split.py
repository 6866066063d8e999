"""Which rows a model learns from, and which it is measured on."""

from dataclasses import replace

import numpy as np
import pytest

from tests.training.samples import DEAR, SLOW, TAXONOMY, THANKS
from training.dataset.folds import text_key
from training.dataset.folds_file import Folds
from training.dataset.leaks import TrainedOn, text_digest, trained_on
from training.dataset.review_files import Row
from training.dataset.training_set import TrainingSet
from training.dataset.validation_split import SplitPart, set_aside, split_for_fit
from training.errors import BadFlag
from triage.review import ReviewInput

TEXTS = [*((0, text) for text in SLOW), *((7, text) for text in DEAR), *((12, t) for t in THANKS)]
# Each text comes twice, the second time louder.
ROWS = tuple(
    Row(2 * number + again, ReviewInput(3, (), text + "!" * again), (class_id,))
    for number, (class_id, text) in enumerate(TEXTS)
    for again in (0, 1)
)
NOBODY = TrainedOn(keys=frozenset())
PLAIN = TrainingSet(ROWS, None, (), (), ROWS, NOBODY)


def part(material: TrainingSet, *, held_out: int | None = None, share: float = 0.2) -> SplitPart:
    return split_for_fit(material, TAXONOMY, held_out=held_out, share=share, seed=1)


def keys(rows: tuple[Row, ...]) -> set[str]:
    return {text_key(row.review.text) for row in rows}


def copies() -> list[Row]:
    """Return a row made from each row."""
    return [
        Row(
            1000 + row.index,
            ReviewInput(3, (), f"so {n}"),
            row.classes,
            text_digest(row.review.text),
        )
        for n, row in enumerate(ROWS)
    ]


def test_about_the_given_share_is_held_out_without_common_texts() -> None:
    found = part(PLAIN)

    assert 4 <= len(found.measured) <= 12
    assert len(found.learnt) + len(found.measured) == len(ROWS)
    assert not keys(found.learnt) & keys(found.measured)
    assert found.trained == trained_on(row.review.text for row in found.learnt)
    assert {row.classes for row in found.measured} == {(0,), (7,), (12,)}


def test_rows_augmented_from_a_held_out_row_are_not_trained_on() -> None:
    made = tuple(copies())
    found = part(replace(PLAIN, extra=made))

    measured = {text_digest(row.review.text) for row in found.measured}
    assert not {row.origin for row in found.learnt} & measured
    made_of = sum(row.origin is not None for row in found.learnt)
    assert made_of == len(ROWS) - len(found.measured)


def test_a_share_of_zero_trains_on_all_rows() -> None:
    found = part(PLAIN, share=0)

    assert (found.learnt, found.measured, found.cross_validates) == (ROWS, (), False)


def test_with_folds_all_rows_are_trained_on_and_measured_out_of_fold() -> None:
    folds = Folds(np.arange(len(ROWS), dtype=np.int16) // 2 % 3, 3, "3-fold")
    found = part(replace(PLAIN, folds=folds))

    assert (found.learnt, found.measured, found.cross_validates) == (ROWS, (), True)


def test_a_given_fold_is_held_out() -> None:
    folds = Folds(np.arange(len(ROWS), dtype=np.int16) // 2 % 3, 3, "3-fold")
    fold = folds.part(1)
    learnt, apart = (tuple(ROWS[place] for place in places) for places in (fold.train, fold.test))
    found = part(replace(PLAIN, folds=folds, learnt=learnt, held_out=apart), held_out=1)

    assert (found.learnt, found.measured, found.cross_validates) == (learnt, apart, False)
    assert found.how == "fold 1 of 3-fold"


def test_rows_for_choosing_the_epoch_and_their_variants_are_not_trained_on() -> None:
    made = copies()
    learnt, chosen = set_aside([*ROWS, *made], TAXONOMY, seed=1)

    assert 2 <= len(chosen) <= 8
    assert not keys(tuple(learnt)) & keys(tuple(chosen))
    assert not {row.origin for row in learnt} & {text_digest(row.review.text) for row in chosen}
    assert len(learnt) == 2 * (len(ROWS) - len(chosen))


def test_too_few_texts_for_choosing_an_epoch_give_an_error_with_the_flag() -> None:
    with pytest.raises(
        BadFlag, match=r"--keep-best: 10 parts of 4 different texts.*--no-keep-best"
    ):
        set_aside(ROWS[:8], TAXONOMY, seed=1)
