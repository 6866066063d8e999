"""Scripts through the unchanged bot and worker, with a model that finds one class everywhere."""

import json
import re
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from sandbox import script, script_lines
from sandbox.__main__ import STARTING, main
from tests.bot.samples import answer
from tests.worker.folders import FOUND, write_model
from triage.taxonomy import load_taxonomy

pytestmark = pytest.mark.usefixtures("one_drawing_process")

REVIEWS: list[dict[str, Any]] = [
    {"rating": 3, "tags": ["PRICE", "DELIVERY"], "text": 'Ждали <b>два</b> часа & "всё" 😀'},
    {"rating": 0, "tags": [], "text": "Never again", "language": "en"},
    {"rating": 6, "text": "ok"},
]


async def run(tmp_path: Path, reviews: list[dict[str, Any]], *, timeout_s: float = 30) -> int:
    lines = tmp_path / "reviews.jsonl"
    lines.write_text("\n".join(map(json.dumps, reviews)), encoding="utf-8")
    model = write_model(tmp_path / "model")
    return await script.run(lines, model=model, paced=False, timeout_s=timeout_s)


async def test_every_review_is_answered_in_the_order_of_the_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = await run(tmp_path, REVIEWS)

    printed, said = capsys.readouterr()
    results = [json.loads(line) for line in printed.splitlines()]
    assert (code, len(results)) == (0, 3)
    taxonomy = load_taxonomy()
    for review, result in zip(REVIEWS, results, strict=True):
        assert result["text"] == review["text"]
        assert result["classes"] == [FOUND]
        assert result["titles"] == [taxonomy.title(FOUND, review.get("language", "ru"))]
        assert (result["rung"], result["confidence"]) == (0.55, "sure")
        shares = result["probabilities"]
        assert {int(class_id) for class_id in shares} == set(taxonomy.ids)
        assert next(iter(shares)) == str(FOUND), "the most probable class is first"
        assert list(shares.values()) == sorted(shares.values(), reverse=True)
        assert all(len(str(share)) <= len("0.1234") for share in shares.values())
        assert result["moderator_card"] is True
        assert 0 < result["reply_ms"] < 30_000
    assert said.startswith("sandbox: 3 of 3 answered, 3 shown to the moderators, 0 of them twice")


def test_probabilities_are_printed_by_class_rounded_and_the_most_probable_first() -> None:
    answered = SimpleNamespace(answer=answer((5, 3), share=0.123456), number=1)
    reply = script.Reply(cast("Any", answered), 5)
    line = script_lines.Line(rating=1, text="x")
    shares = script.result(line, reply, Counter(), load_taxonomy())["probabilities"]
    assert list(shares.items())[:2] == [("3", 0.1235), ("5", 0.1235)]
    assert shares["8"] == 0.01
    assert {int(class_id) for class_id in shares} == set(load_taxonomy().ids)


async def test_the_script_reports_a_review_that_the_bot_did_not_answer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The check of the script is off, so the bot takes the text for a command."""
    monkeypatch.setattr(script_lines, "COMMAND", re.compile(r"(?!)"))
    code = await run(tmp_path, [REVIEWS[1], {"rating": 1, "text": "/help"}], timeout_s=3)

    printed, said = capsys.readouterr()
    answered, unanswered = [json.loads(line) for line in printed.splitlines()]
    assert code == 1
    assert answered["classes"] == [FOUND]
    assert (unanswered["classes"], unanswered["reply_ms"]) == ([], None)
    assert unanswered["probabilities"] == {}
    assert unanswered["moderator_card"] is False
    assert "sandbox: review 2 was not answered: not seen in 3" in said


def test_the_sandbox_reports_its_start_and_all_bad_lines_on_stderr(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = tmp_path / "reviews.jsonl"
    lines.write_text('[]\n{"rating": 9, "text": "x"}\n', encoding="utf-8")
    monkeypatch.setattr("sys.argv", ["sandbox", "--script", str(lines)])

    assert main() == 2
    printed, said = capsys.readouterr()
    assert not printed
    assert [line.partition(": Input")[0] for line in said.splitlines()] == [
        f"sandbox: {STARTING}",
        f"sandbox: {lines}, line 1",
        f"sandbox: {lines}, line 2: rating: must be a whole number from 0 to 6",
    ]


def test_script_and_keep_cannot_be_combined(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["sandbox", "--script", "reviews.jsonl", "--keep", "folder"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert "--keep: not allowed with argument --script" in capsys.readouterr().err
