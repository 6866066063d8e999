"""Moderators' words: read line by line, the last one counts, consent may be taken back."""

import json
from pathlib import Path
from uuid import UUID

import pytest

from tests.training.samples import TAXONOMY
from triage.corrections import (
    Correction,
    latest_corrections,
    read_corrections,
    unknown_classes,
    unknown_topics,
    write_corrections,
)
from triage.errors import BadCorrections
from triage.review import ReviewInput

ONE, TWO = UUID(int=1), UUID(int=2)


def said(review_id: UUID, at: int, *classes: int, consent: bool = True) -> Correction:
    return Correction(
        review_id=review_id,
        said_ms=at,
        rating=2,
        tags=("PRICE",),
        text="Дорого",
        classes=classes,
        consent=consent,
    )


def test_written_corrections_are_read_unchanged(tmp_path: Path) -> None:
    words = [said(ONE, 5, 7), said(TWO, 4, 0, 12)]

    write_corrections(tmp_path / "c.jsonl", words)

    assert read_corrections(tmp_path / "c.jsonl", TAXONOMY) == tuple(words)


def test_a_correction_of_version_1_is_read_and_written_unchanged(tmp_path: Path) -> None:
    line = (
        '{"version":1,"review_id":"00000000-0000-0000-0000-000000000001","said_ms":5,"rating":2,'
        '"tags":["PRICE"],"text":"Дорого","classes":[7],"consent":true}\n'
    )
    (tmp_path / "old.jsonl").write_text(line, encoding="utf-8")

    [old] = read_corrections(tmp_path / "old.jsonl", TAXONOMY)
    write_corrections(tmp_path / "again.jsonl", [old])

    assert (old.kind, old.weight, old.blind, old.sampling) == ("correct", 1.0, False, None)
    assert (tmp_path / "again.jsonl").read_text(encoding="utf-8") == line


def test_a_label_without_weight_is_not_trained_on() -> None:
    trusted = said(ONE, 1, 7).model_copy(update={"weight": 0.6})
    doubted = said(ONE, 2, 12).model_copy(update={"weight": 0.0})

    assert latest_corrections((trusted,)) == (trusted,)
    assert latest_corrections((trusted, doubted)) == ()


def test_the_latest_correction_of_a_review_counts_in_any_line_order() -> None:
    words = (said(TWO, 9, 7), said(ONE, 8, 12), said(ONE, 3, 0), said(TWO, 9, 0))

    assert latest_corrections(words) == (said(ONE, 8, 12), said(TWO, 9, 0))


def test_withdrawn_consent_removes_the_correction() -> None:
    assert latest_corrections((said(ONE, 1, 7), said(ONE, 2, 7, consent=False))) == ()
    assert latest_corrections((said(ONE, 1, 7, consent=False), said(ONE, 2, 7))) == (
        said(ONE, 2, 7),
    )


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ('"version":3', "line 2, version: Input should be less than or equal to 2"),
        ('"version":1', "line 2, it: version 1 has no blind; write version 2"),
        ('"kind":"audit"', "line 2, kind: Input should be 'confirm', 'correct' or 'adjudicated'"),
        ('"weight":1.5', "line 2, weight: Input should be less than or equal to 1"),
        ('"sampling":0', "line 2, sampling: Input should be greater than 0"),
        ('"rating":11', "line 2, rating: Input should be less than or equal to 10"),
        ('"classes":[]', "line 2, classes: Tuple should have at least 1 item"),
        ('"rating":7', "line 2, rating: 7 is not on the scale 0-6; name the bot's taxonomy file"),
        ('"text":" "', "line 2, text: is empty; remove the line"),
        ('"consent":"perhaps"', "line 2, consent: Input should be a valid boolean"),
        ('"customer":"Anna"', "line 2, customer: Extra inputs are not permitted"),
    ],
)
def test_the_error_names_line_and_field_without_the_review_text(
    tmp_path: Path, change: str, what: str
) -> None:
    good = said(ONE, 1, 7).model_dump_json()
    changed = json.dumps(json.loads(good) | json.loads(f"{{{change}}}"))
    (tmp_path / "c.jsonl").write_text(f"{good}\n{changed}\n", encoding="utf-8")

    with pytest.raises(BadCorrections) as caught:
        read_corrections(tmp_path / "c.jsonl", TAXONOMY)

    assert what in str(caught.value)
    assert "Дорого" not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "is empty"),
        (b"{", "line 1, it: Invalid"),
        (b'{"version": 3}', "line 1, version: .*; review_id, .*consent.*: Field required"),
    ],
)
def test_a_file_that_is_not_an_export_is_refused(tmp_path: Path, content: bytes, what: str) -> None:
    (tmp_path / "c.jsonl").write_bytes(content)

    with pytest.raises(BadCorrections, match=what):
        read_corrections(tmp_path / "c.jsonl", TAXONOMY)


def test_blank_lines_are_skipped_and_counted(tmp_path: Path) -> None:
    good, bad = (said(ONE, at, 7).model_dump_json() for at in (1, 2))
    bad = bad.replace('"rating":2', '"rating":7')
    (tmp_path / "c.jsonl").write_text(f"\n{good}\n  \n\r\n", encoding="utf-8")
    assert read_corrections(tmp_path / "c.jsonl", TAXONOMY) == (said(ONE, 1, 7),)

    (tmp_path / "c.jsonl").write_text(f"{good}\n\n{bad}\n", encoding="utf-8")
    with pytest.raises(BadCorrections, match="line 3, rating"):
        read_corrections(tmp_path / "c.jsonl", TAXONOMY)


@pytest.mark.parametrize(
    "strange",
    [
        said(ONE, 1, 7),
        said(TWO, 1, 7, consent=False),
        said(TWO, 1, 7).model_copy(update={"weight": 0.0}),
        said(TWO, 1, 7, 99),
    ],
    ids=["replaced by a newer one", "without consent", "without weight", "of an unknown class"],
)
def test_a_line_that_does_not_count_is_not_compared_with_the_taxonomy(
    tmp_path: Path, strange: Correction
) -> None:
    changed = strange.model_copy(update={"rating": 9})
    words = (changed, said(ONE, 2, 7))
    write_corrections(tmp_path / "c.jsonl", words)

    assert read_corrections(tmp_path / "c.jsonl", TAXONOMY) == words


def test_classes_that_the_taxonomy_does_not_have_are_named() -> None:
    assert unknown_classes(said(ONE, 1, 7, 99), TAXONOMY) == (99,)
    assert unknown_classes(said(ONE, 1, 7, 12), TAXONOMY) == ()


def test_a_topic_that_the_taxonomy_does_not_have_is_left_out(tmp_path: Path) -> None:
    old = said(ONE, 1, 7).model_copy(update={"tags": ("WEATHER", "PRICE")})
    write_corrections(tmp_path / "c.jsonl", [old])

    [read] = read_corrections(tmp_path / "c.jsonl", TAXONOMY)

    assert read.review(TAXONOMY).tags == ("PRICE",)
    assert unknown_topics(read, TAXONOMY) == ("WEATHER",)


def test_a_taxonomy_without_rating_and_topics_ignores_them() -> None:
    bare = TAXONOMY.model_validate(TAXONOMY.model_dump() | {"rating": None, "topics": ()})

    assert said(ONE, 1, 7).review(bare) == ReviewInput(None, (), "Дорого")
    assert unknown_topics(said(ONE, 1, 7), bare) == ()
    assert said(ONE, 1, 7).review(TAXONOMY) == ReviewInput(2, ("PRICE",), "Дорого")
