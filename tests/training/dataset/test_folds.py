"""Folds: every row measured once, no text on both sides, every class everywhere."""

import numpy as np
import pytest

from training.dataset.folds import split, text_key
from training.errors import BadFlag

LABELS = np.array([[1, 0]] * 30 + [[0, 1]] * 10, np.int8)
# Every text but the last ones comes twice.
KEYS = [f"text {position // 2}" for position in range(36)] + ["a", "b", "c", "d"]


def test_every_row_is_tested_in_one_fold_and_trained_on_in_the_others() -> None:
    folds = list(split(LABELS, KEYS, folds=5, seed=1))

    assert len(folds) == 5
    assert sorted(np.concatenate([fold.test for fold in folds])) == list(range(40))
    for fold in folds:
        assert sorted([*fold.train, *fold.test]) == list(range(40))


def test_identical_texts_are_in_one_fold() -> None:
    for fold in split(LABELS, KEYS, folds=5, seed=1):
        assert not {KEYS[p] for p in fold.train} & {KEYS[p] for p in fold.test}


def test_without_groups_identical_texts_may_be_in_different_folds() -> None:
    folds = split(LABELS, range(40), folds=5, seed=1)

    assert any({KEYS[p] for p in fold.train} & {KEYS[p] for p in fold.test} for fold in folds)


def test_each_class_is_spread_evenly_over_the_folds() -> None:
    counts = [
        LABELS[f.test].sum(axis=0).tolist() for f in split(LABELS, range(40), folds=5, seed=1)
    ]

    assert counts == [[6, 2]] * 5


def test_folds_depend_on_the_seed_only() -> None:
    def tests(seed: int) -> list[list[int]]:
        return [fold.test.tolist() for fold in split(LABELS, KEYS, folds=5, seed=seed)]

    assert tests(1) == tests(1)
    assert tests(1) != tests(2)


@pytest.mark.parametrize("folds", [-1, 1, 3])
def test_more_folds_than_texts_are_refused(folds: int) -> None:
    with pytest.raises(BadFlag, match=f"{folds} parts of 2 different texts"):
        list(split(LABELS, ["a", "b"] * 20, folds=folds, seed=1))


def test_text_comparison_ignores_case_punctuation_and_spacing() -> None:
    assert text_key("Всё  долго!!") == text_key("все долго")
    assert text_key("долго везли") != text_key("долго ехали")
    assert text_key("👍") != text_key("👎")


def test_reviews_with_and_without_a_class_are_spread_evenly() -> None:
    labels = np.array([[1]] * 10 + [[0]] * 20, np.int8)

    counts = [int(labels[fold.test].sum()) for fold in split(labels, range(30), folds=5, seed=1)]

    assert counts == [2] * 5
