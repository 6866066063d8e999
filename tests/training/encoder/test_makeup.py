"""Which makeup is chosen for the labels at hand."""

from collections.abc import Sequence

import numpy as np

from tests.training.samples import TAXONOMY
from training.dataset.review_files import Row, label_matrix
from training.encoder.makeup import ENOUGH_ROWS, FULL, LEAST, PARTS, Makeup, choose
from triage.review import ReviewInput
from worker.classifiers.protocol import Probabilities


def rows(count: int) -> list[Row]:
    return [
        Row(index=n, review=ReviewInput(3, (), f"text {n}"), classes=(TAXONOMY.ids[n % 2],))
        for n in range(count)
    ]


def never(*given: object) -> tuple[Probabilities, Probabilities]:
    raise AssertionError("nothing is to be fitted")


def test_with_enough_rows_the_full_makeup_is_chosen_without_comparison() -> None:
    assert choose(rows(ENOUGH_ROWS), TAXONOMY, never, seed=1) == FULL


def test_with_too_few_texts_the_simplest_makeup_is_chosen() -> None:
    assert choose(rows(2 * PARTS - 1), TAXONOMY, never, seed=1) == LEAST


def test_the_makeup_with_the_best_held_out_answers_is_chosen() -> None:
    def fitted(
        learnt: Sequence[Row], measured: Sequence[Row], makeup: Makeup, part: int
    ) -> tuple[Probabilities, Probabilities]:
        assert not {row.index for row in learnt} & {row.index for row in measured}
        truth = label_matrix(measured, TAXONOMY).astype(np.float32)
        # The n-grams know nothing; the encoder knows the answer once it is fine-tuned.
        return truth * 0, truth * 0.9 if makeup.tuned else (1 - truth) * 0.9

    assert choose(rows(30), TAXONOMY, fitted, seed=1) == "tuned-ngrams"
