"""From the moderators' words to rows that a model is fitted on."""

from dataclasses import replace
from uuid import UUID

from tests.training.bench import Bench
from tests.training.samples import TAXONOMY, table, write_csv
from training.dataset.review_files import INDEX_DIGITS, read_rows
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
    assert "4 corrections of 3 reviews: 2 new rows, 0 replaced, 0 already there" in printed
    assert "1 without consent or weight; 26 rows are in" in printed


def test_without_any_consent_nothing_is_written(bench: Bench) -> None:
    write_corrections(bench.folder / "c.jsonl", [said(1, 1, "Долго", 0, consent=False)])
    out = bench.folder / "more.csv"

    line = bench.refused(
        "import-corrections", f"--corrections={bench.folder / 'c.jsonl'}", f"--out={out}"
    )

    assert "no customer agreed" in line
    assert not out.exists()


def test_a_corrected_review_of_the_data_has_only_its_new_classes(bench: Bench) -> None:
    _, rating, _, text, *_ = table()[0]
    words = said(1, 1, text, 7).model_copy(update={"rating": int(float(rating))})
    words = words.model_copy(update={"tags": ("DELIVERY",)})
    write_corrections(bench.folder / "c.jsonl", [words])
    command = ["import-corrections", f"--corrections={bench.folder / 'c.jsonl'}"]

    printed = bench.do(*command, f"--data={bench.data}", f"--out={bench.folder / 'more.csv'}")

    old = read_rows(bench.data, TAXONOMY)
    assert read_rows(bench.folder / "more.csv", TAXONOMY) == (
        replace(old[0], classes=(7,)),
        *old[1:],
    )
    assert "0 new rows, 1 replaced, 0 already there" in printed

    again = ["--data=more.csv", "--out=again.csv"]
    again = [flag.replace("=", f"={bench.folder}/") for flag in again]
    assert "0 new rows, 0 replaced, 1 already there" in bench.do(*command, *again)
    more, same = (bench.folder / name for name in ("more.csv", "again.csv"))
    assert more.read_bytes() == same.read_bytes()


def test_corrections_of_erased_classes_are_left_out_with_one_line(bench: Bench) -> None:
    words = [
        said(1, 1, "Долго", 0),
        said(2, 1, "Ой", 5),
        said(3, 1, "Ай", 7, 6),
        said(4, 1, "Ай", 5),
    ]
    write_corrections(bench.folder / "c.jsonl", words)
    out = bench.folder / "more.csv"

    printed = bench.do(
        "import-corrections", f"--corrections={bench.folder / 'c.jsonl'}", f"--out={out}"
    )

    assert "3 corrections are left out, because the taxonomy does not have their classes: 5, 6" in (
        printed.splitlines()
    )
    assert [row.review.text for row in read_rows(out, TAXONOMY)] == ["Долго"]


def test_topics_that_the_taxonomy_no_longer_has_are_left_out_with_one_line(bench: Bench) -> None:
    old = [said(review, 1, f"Долго {review}", 0) for review in (1, 2)]
    old[1] = old[1].model_copy(update={"tags": ("WEATHER", "PRICE")})
    write_corrections(bench.folder / "c.jsonl", old)
    out = bench.folder / "more.csv"

    printed = bench.do(
        "import-corrections", f"--corrections={bench.folder / 'c.jsonl'}", f"--out={out}"
    )

    line = "1 corrections are imported without some of their topics, because the taxonomy does not "
    assert f"{line}have them: WEATHER" in printed.splitlines()
    assert [row.review.tags for row in read_rows(out, TAXONOMY)] == [
        ("DELIVERY", "PRICE"),
        ("PRICE",),
    ]


def test_a_file_of_only_unknown_topics_is_refused(bench: Bench) -> None:
    old = said(1, 1, "Долго", 0).model_copy(update={"tags": ("WEATHER",)})
    write_corrections(bench.folder / "c.jsonl", [old])
    out = bench.folder / "more.csv"

    line = bench.refused(
        "import-corrections", f"--corrections={bench.folder / 'c.jsonl'}", f"--out={out}"
    )

    assert line.endswith(
        "the taxonomy does not have the topics of any correction: WEATHER; name the bot's taxonomy "
        "file"
    )
    assert not out.exists()


def test_a_file_of_only_erased_classes_is_refused(bench: Bench) -> None:
    write_corrections(bench.folder / "c.jsonl", [said(1, 1, "Ой", 5)])
    out = bench.folder / "more.csv"

    line = bench.refused(
        "import-corrections", f"--corrections={bench.folder / 'c.jsonl'}", f"--out={out}"
    )

    assert line.endswith(
        "the taxonomy does not have the classes of any correction: 5; name the bot's taxonomy file"
    )
    assert not out.exists()


def test_an_index_that_could_not_be_read_is_not_written(bench: Bench) -> None:
    write_corrections(bench.folder / "c.jsonl", [said(1, 1, "Долго", 0)])
    data = write_csv(bench.folder / "large.csv", [("9" * INDEX_DIGITS, *table()[0][1:])])
    out = bench.folder / "more.csv"

    line = bench.refused(
        "import-corrections",
        f"--corrections={bench.folder / 'c.jsonl'}",
        f"--data={data}",
        f"--out={out}",
    )

    assert f"{data}: its largest index leaves no room for 1 new rows" in line
    assert not out.exists()
