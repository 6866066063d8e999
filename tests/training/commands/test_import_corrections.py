"""From the moderators' words to rows that a model is fitted on."""

from uuid import UUID

from tests.training.bench import Bench
from tests.training.samples import TAXONOMY, table
from training.dataset.review_files import read_rows
from triage.corrections import Correction, write_corrections


def said(review: int, at: int, text: str, *classes: int, consent: bool = True) -> Correction:
    return Correction(
        review_id=UUID(int=review),
        said_ms=at,
        rating=1,
        tags=("DELIVERY", "PRICE"),
        text=text,
        classes=classes,
        consent=consent,
    )


def test_corrections_are_appended_as_rows(bench: Bench) -> None:
    words = [
        said(2, 1, "Опять дорого", 0),
        said(1, 2, 'Долго, "и" дорого', 7, 0),
        said(3, 3, "Секрет", 7, consent=False),
        said(2, 4, "Опять дорого", 7),
    ]
    write_corrections(bench.folder / "c.jsonl", words)
    out = bench.folder / "more.csv"

    printed = bench.do(
        "import-corrections",
        f"--corrections={bench.folder / 'c.jsonl'}",
        f"--data={bench.data}",
        f"--out={out}",
    )

    old, new = read_rows(bench.data, TAXONOMY), read_rows(out, TAXONOMY)
    assert new[: len(old)] == old
    assert [(row.index, row.review.text, row.classes) for row in new[len(old) :]] == [
        (100 + len(table()), 'Долго, "и" дорого', (0, 7)),
        (101 + len(table()), "Опять дорого", (7,)),
    ]
    assert new[-1].review.tags == ("DELIVERY", "PRICE")
    assert "Секрет" not in out.read_text(encoding="utf-8")
    assert "2 new rows, 1 without consent or weight" in printed


def test_without_any_consent_nothing_is_written(bench: Bench) -> None:
    write_corrections(bench.folder / "c.jsonl", [said(1, 1, "Долго", 0, consent=False)])
    out = bench.folder / "more.csv"

    line = bench.refused(
        "import-corrections", f"--corrections={bench.folder / 'c.jsonl'}", f"--out={out}"
    )

    assert "no customer agreed" in line
    assert not out.exists()


def test_the_error_names_an_unknown_class_and_its_line(bench: Bench) -> None:
    write_corrections(bench.folder / "c.jsonl", [said(1, 1, "Долго", 0), said(2, 1, "Ой", 5)])

    line = bench.refused(
        "import-corrections",
        f"--corrections={bench.folder / 'c.jsonl'}",
        f"--out={bench.folder / 'more.csv'}",
    )

    assert line.endswith("line 2, classes: the taxonomy has no class 5")
