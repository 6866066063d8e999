"""What a CPU model learns from, and what its makeup is chosen on."""

from pathlib import Path

import pytest

from tests.training.samples import DEAR, SLOW, TAXONOMY, THANKS
from training.dataset.leaks import text_digest
from training.dataset.review_files import Row
from training.encoder import makeup
from training.encoder.cpu_fit import CpuTrainingRows, fit_parts
from training.encoder.cpu_model import CpuRecipe
from training.encoder.fine_tuning import RECIPE
from triage.review import ReviewInput


def labelled() -> list[Row]:
    texts = [(0, SLOW), (7, DEAR), (12, THANKS)]
    pairs = [(class_id, text) for class_id, some in texts for text in some]
    return [Row(n, ReviewInput(3, (), text), (one,)) for n, (one, text) in enumerate(pairs)]


def test_nothing_like_a_measured_row_is_learnt() -> None:
    rows = labelled()
    measured, others = rows[:2], rows[2:]
    origin = text_digest(rows[0].review.text)
    made = Row(100, ReviewInput(3, (), "noisy copy"), (0,), origin)
    same = Row(101, rows[1].review, (0,))
    kept = Row(102, ReviewInput(3, (), "another"), (0,))
    found = CpuTrainingRows(rows, (made, same, kept)).apart_from(measured)

    assert list(found.labelled) == others
    assert list(found.extra) == [kept]


def test_the_makeup_is_chosen_on_labelled_rows_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = labelled()
    copies = [
        Row(100 + n, ReviewInput(3, (), f"so {text}"), row.classes, text_digest(text))
        for n, (row, text) in enumerate((row, row.review.text) for row in rows)
    ]
    chosen_on = []

    def choose(found: list[Row], *_: object, seed: int) -> str:
        chosen_on.append((list(found), seed))
        return makeup.LEAST

    monkeypatch.setattr("training.encoder.cpu_fit.choose", choose)
    recipe = CpuRecipe(strength=7.0, seed=3, encoder=RECIPE)
    fit_parts(CpuTrainingRows(rows, copies), TAXONOMY, tmp_path, recipe)

    assert chosen_on == [(rows, 3)]
