"""Rows made from others: they name the text, and are never learnt if it is measured."""

from uuid import UUID

import pytest

from tests.training.bench import Bench
from tests.training.samples import DEAR, SLOW, TAXONOMY, THANKS, write_csv
from training.dataset.augmenting import augment
from training.dataset.extra_rows import read_made_by
from training.dataset.folds_file import read_folds
from training.dataset.leaks import TRAINED_ON, read_trained_on, text_digest
from training.dataset.review_files import read_rows
from training.dataset.training_set import TrainingSetSources, check_out_of_fold, read_training_set
from training.errors import Leak
from triage.corrections import Correction, write_corrections

KINDS = {"slow": SLOW, "dear": DEAR, "thanks": THANKS}


def test_augmented_rows_store_the_digest_of_their_source_text(bench: Bench) -> None:
    out = bench.folder / "more.csv"
    ways = ["definitions", "noise"]

    bench.do("augment", f"--data={bench.data}", f"--out={out}", "--ways", *ways)

    rows, made = read_rows(bench.data, TAXONOMY), read_rows(out, TAXONOMY, allow_made=True)
    digests = [text_digest(row.review.text) for row in rows]
    assert [row.origin for row in made] == [None] * 6 + digests
    assert {row.classes for row in made[:6]} == {(0,), (7,), (12,)}
    assert augment(rows, TAXONOMY, ways, seed=42) == made
    assert augment(rows, TAXONOMY, ways, seed=43) != made


def test_after_a_sort_no_row_made_from_a_measured_one_is_learnt(bench: Bench) -> None:
    """Without a column `index` the rows are numbered, and a sort gives them other numbers."""
    lines = [f"{text},2,{name}" for name, some in KINDS.items() for text in some if "," not in text]
    data, extra = bench.folder / "plain.csv", bench.folder / "more.csv"
    data.write_text("\n".join(["text,rating,classes", *lines]), encoding="utf-8")
    bench.do("augment", f"--data={data}", f"--out={extra}", "--ways", "noise")
    data.write_text("\n".join(["text,rating,classes", *sorted(lines)]), encoding="utf-8")
    folds = bench.folder / "plain.json"
    bench.do("folds", f"--data={data}", f"--out={folds}", "--count=3")

    material = read_training_set(
        TrainingSetSources(data, folds, held_out=0, extra=(extra,)), TAXONOMY
    )

    apart = {text_digest(row.review.text) for row in material.held_out}
    made_from = {row.origin for row in material.learnt} - {None}
    assert made_from == {text_digest(row.review.text) for row in material.rows} - apart


def test_a_model_counts_as_trained_on_the_texts_that_extra_rows_were_made_from(
    bench: Bench,
) -> None:
    extra, other = bench.folder / "more.csv", bench.folder / "other.csv"
    write_csv(other, [("1", "2.0", "", "Совсем другое", "1", "0", "0")])
    bench.do("augment", f"--data={other}", f"--out={extra}", "--ways", "noise", "--seed=1")
    model = bench.fit("model", f"--extra={extra}")

    assert "was trained on 1 of the 1" in bench.refused(
        "evaluate", f"--model={model}", f"--data={other}"
    )


def test_commands_refuse_labelled_rows_that_were_made_from_others(bench: Bench) -> None:
    made, model = bench.folder / "made.csv", bench.fit("model")
    bench.do("augment", f"--data={bench.data}", f"--out={made}", "--ways", "noise")
    out = f"--out={bench.folder / 'out'}"

    for command in (
        ("folds", out),
        ("fit", "linear", out),
        ("evaluate", f"--model={model}"),
        ("import-corrections", f"--corrections={bench.folder / 'none.jsonl'}", out),
    ):
        assert "pass such rows with --extra" in bench.refused(*command, f"--data={made}")


def test_pseudo_labels_and_unlabelled_rows_keep_their_origin(bench: Bench) -> None:
    teacher, made = bench.fit("teacher", bench.folds, "--held-out=0"), bench.folder / "made.csv"
    bench.do("augment", f"--data={bench.data}", f"--out={made}", "--ways", "noise")
    labelled = bench.folder / "labelled.csv"

    bench.do(
        "pseudo-label", f"--model={teacher}", f"--data={made}", f"--out={labelled}", "--above=0.5"
    )
    student = bench.folder / "student"
    distil = ["distil", f"--teacher={teacher}", f"--data={bench.data}", bench.folds]
    bench.do(*distil, "--held-out=0", f"--unlabelled={made}", f"--out={student}")

    assert all(row.origin for row in read_rows(labelled, TAXONOMY, allow_made=True))
    bench.do("evaluate", f"--model={student}", f"--data={bench.data}", bench.folds, "--fold=0")
    held_out = read_folds(bench.folder / "folds.json", read_rows(bench.data, TAXONOMY), bench.data)
    learnt = len(held_out.part(0).train)
    assert f"gave for {learnt}" in (student / "README.md").read_text(encoding="utf-8")


def test_files_made_of_pseudo_labelled_rows_keep_what_their_teacher_learnt(bench: Bench) -> None:
    teacher, labelled = bench.fit("teacher"), bench.folder / "labelled.csv"
    bench.do(
        "pseudo-label", f"--model={teacher}", f"--data={bench.data}", f"--out={labelled}",
        "--above=0.5",
    )  # fmt: skip
    corrections, made, more = (bench.folder / name for name in ("c.jsonl", "made.csv", "more.csv"))
    said = Correction(
        review_id=UUID(int=1), said_ms=1, rating=1, tags=(), text="Ой", classes=(0,), consent=True
    )
    write_corrections(corrections, [said])

    bench.do("augment", f"--data={labelled}", f"--out={made}", "--ways", "noise")
    corrected = [f"--corrections={corrections}", f"--data={labelled}", f"--out={more}"]
    bench.do("import-corrections", *corrected)
    folds = bench.folder / "more.json"
    bench.do("folds", f"--data={more}", f"--out={folds}", "--count=2")

    learnt = read_trained_on(teacher / TRAINED_ON)
    assert learnt is not None
    assert read_made_by([made]) == learnt
    material = read_training_set(TrainingSetSources(more, folds), TAXONOMY)
    assert material.folds is not None
    with pytest.raises(Leak, match="the model that labelled rows of --data or --extra was trained"):
        check_out_of_fold(material, material.folds, allow=False)

    # The same file name, with rows that people labelled.
    bench.do("augment", f"--data={bench.data}", f"--out={made}", "--ways", "noise")
    assert not read_made_by([made]).keys
