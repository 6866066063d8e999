"""What the tests of the commands stand on; tiny bases are made once in each test process."""

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.training.bench import Bench
from tests.training.samples import DEAR, SLOW, THANKS
from triage.taxonomy import load_taxonomy
from worker.classifiers.language.presets import PRESETS

CLASSES = ((0, "{DELIVERY}", SLOW), (12, "{PRICE}", DEAR), (19, "", THANKS))

TinyBase = Callable[[str], Path]


@pytest.fixture(scope="session")
def tiny_base(tmp_path_factory: pytest.TempPathFactory) -> TinyBase:
    """Return how to get the folder of a recipe's tiny base, which no test may change."""
    from tests.worker.tiny import write_base

    made: dict[str, Path] = {}

    def get(preset: str) -> Path:
        architecture = PRESETS[preset].architecture
        if architecture not in made:
            made[architecture] = write_base(
                tmp_path_factory.mktemp("base") / architecture, PRESETS[preset]
            )
        return made[architecture]

    return get


@pytest.fixture(scope="session")
def reviews_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file of 18 reviews in three of the classes that ship."""
    ids = load_taxonomy().ids
    path = tmp_path_factory.mktemp("data") / "reviews.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file)
        labels = [f"trend_id_res{class_id}" for class_id in ids]
        lines.writerow(["index", "assessment", "tags", "text", *labels])
        for class_id, tags, texts in CLASSES:
            for number, text in enumerate(texts):
                given = [int(one == class_id) for one in ids]
                lines.writerow([100 * class_id + number, "3.0", tags, text, *given])
    return path


@pytest.fixture
def bench(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Bench:
    """Return a folder with data, folds and taxonomy."""
    return Bench(tmp_path, capsys)
