"""The examples of a taxonomy as rows that are learnt from."""

from pathlib import Path

from tests.training.samples import SLOW, TAXONOMY, table, write_csv
from training.dataset.folds_file import make_folds, write_folds
from training.dataset.review_files import Row, read_rows
from training.dataset.taxonomy_examples import example_rows
from training.dataset.training_set import TrainingSetSources, read_training_set
from triage.review import ReviewInput
from triage.taxonomy import Taxonomy

NEW = "Курьер потерялся"


def taught(*examples: tuple[str, ...]) -> Taxonomy:
    """Return the three classes with the given examples, class by class."""
    classes = [
        one.model_copy(update={"examples": texts})
        for one, texts in zip(TAXONOMY.classes, (*examples, (), (), ()), strict=False)
    ]
    return TAXONOMY.model_copy(update={"classes": tuple(classes)})


def test_an_example_of_two_classes_becomes_one_row() -> None:
    rows = example_rows(taught(("Долго и дорого", NEW), ("долго, и дорого!",)))

    assert [(row.review, row.classes) for row in rows] == [
        (ReviewInput(None, (), "Долго и дорого"), (0, 7)),
        (ReviewInput(None, (), NEW), (0,)),
    ]
    assert all(row.index < 0 for row in rows)


def test_an_example_that_is_also_a_labelled_row_is_used_once() -> None:
    labelled = Row(index=1, review=ReviewInput(2, ("DELIVERY",), SLOW[0]), classes=(0,))

    rows = example_rows(taught((SLOW[0].upper(), NEW)), [labelled])

    assert [row.review.text for row in rows] == [NEW]


def test_taxonomy_examples_are_trained_on_and_never_measured(tmp_path: Path) -> None:
    data, path = write_csv(tmp_path / "train.csv"), tmp_path / "folds.json"
    rows = read_rows(data, TAXONOMY)
    write_folds(path, make_folds(rows, data, TAXONOMY, count=2, seed=1, together=True))

    material = read_training_set(TrainingSetSources(data, path, held_out=0), taught((SLOW[0], NEW)))

    assert len(material.rows) == len(table())
    assert [row.review.text for row in material.extra] == [NEW]
    measured = {row.review.text for row in material.held_out}
    assert not measured & {row.review.text for row in material.learnt}
    assert material.learnt[-1].review.text == NEW
