"""Training, evaluation and serving give a recipe's tokenizer the very same bytes."""

import csv
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.training.conftest import TinyBase
from tests.training.fits import fit
from training.__main__ import main
from triage.review import ReviewInput
from triage.taxonomy import load_taxonomy
from worker.classifiers.language.presets import PRESETS
from worker.classifiers.language.tokens import ReviewTokens
from worker.classifiers.loading import DEFAULT_SOURCE, load_preset_or_folder
from worker.classifiers.protocol import SELF_TEST

GOLDEN = Path(__file__).with_name("golden") / "prompts.jsonl"
CASES: tuple[dict[str, Any], ...] = tuple(
    map(json.loads, GOLDEN.read_text(encoding="utf-8").splitlines())
)
REVIEWS = [ReviewInput(case["rating"], tuple(case["tags"]), case["text"]) for case in CASES]


@pytest.fixture
def golden_file(tmp_path: Path) -> Path:
    """Return the golden reviews as a file of labelled ones."""
    ids = load_taxonomy().ids
    path = tmp_path / "golden.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file)
        labels = [f"trend_id_res{class_id}" for class_id in ids]
        lines.writerow(["index", "assessment", "tags", "text", *labels])
        for number, review in enumerate(REVIEWS):
            tags = f"{{{','.join(review.tags)}}}" if review.tags else ""
            given = [int(number % 3 == column) for column in range(len(ids))]
            lines.writerow([number, f"{review.rating}.0", tags, review.text, *given])
    return path


@contextmanager
def listening(patch: pytest.MonkeyPatch) -> Iterator[set[bytes]]:
    """Yield what tokenizers are given, as bytes, while the block runs."""
    heard: set[bytes] = set()
    encode = ReviewTokens.encode

    def hear(tokens: ReviewTokens, text: str) -> tuple[int, ...]:
        heard.add(text.encode())
        return encode(tokens, text)

    with patch.context() as patched:
        patched.setattr(ReviewTokens, "encode", hear)
        yield heard


def evaluated_and_served(
    model: Path, data: Path, patch: pytest.MonkeyPatch
) -> tuple[set[bytes], set[bytes]]:
    """Return what the command `evaluate` and a worker give the model's tokenizer."""
    with listening(patch) as evaluated:
        assert main(["evaluate", f"--model={model}", f"--data={data}", "--seen"]) == 0
    with listening(patch) as served:
        load_preset_or_folder(str(model), load_taxonomy(), DEFAULT_SOURCE).classify(REVIEWS)
    return evaluated, served


def test_there_are_fifty_golden_reviews_with_all_ratings_and_tag_counts() -> None:
    assert len(set(REVIEWS)) == 50
    assert {review.rating for review in REVIEWS} == set(range(7))
    assert {len(review.tags) for review in REVIEWS} == {0, 1, 2, 3}


@pytest.mark.parametrize("preset", PRESETS)
def test_training_evaluation_and_serving_use_the_golden_prompts(
    preset: str,
    tiny_base: TinyBase,
    golden_file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    out = tmp_path / "model"
    prompt = PRESETS[preset].prompts[0]
    golden = {case[prompt].encode() for case in CASES}

    with listening(monkeypatch) as trained:
        assert fit(preset, tiny_base(preset), golden_file, out, "--validation=0") == 0
    evaluated, served = evaluated_and_served(out, golden_file, monkeypatch)

    assert len(golden) == 50
    self_check = served - golden
    assert trained - self_check == golden
    assert evaluated - self_check == golden
    assert len(self_check) == 1
    assert SELF_TEST.text.lower() in self_check.pop().decode().lower()


@pytest.mark.parametrize(
    ("preset", "prompt"),
    [(preset.name, prompt) for preset in PRESETS.values() for prompt in preset.prompts[1:]],
)
def test_a_model_can_be_evaluated_and_served_with_another_prompt(
    preset: str,
    prompt: str,
    tiny_base: TinyBase,
    golden_file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The way that docs/models.md tells an operator who wants to compare the two."""
    trained, other = tmp_path / "trained", tmp_path / "other"
    golden = {case[prompt].encode() for case in CASES}
    assert fit(preset, tiny_base(preset), golden_file, trained, "--validation=0") == 0

    reworded = ["import-adapter", preset, f"--adapter={trained}", f"--base={trained / 'base'}"]
    assert main([*reworded, f"--prompt={prompt}", f"--out={other}"]) == 0
    evaluated, served = evaluated_and_served(other, golden_file, monkeypatch)

    assert len(golden) == 50
    assert len(served - golden) == 1, "the self-check's own review"
    assert evaluated == served
    assert golden < served
    capsys.readouterr()
    compare = ["compare", str(trained), str(other), f"--data={golden_file}", "--seen"]
    assert main(compare) == 0
    said = capsys.readouterr().out.splitlines()[0]
    assert said.startswith(f"{preset}-{prompt} ")
    assert said.count("TEXTS THAT IT WAS TRAINED ON") == 2
