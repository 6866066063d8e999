"""Small bases from texts alone, and what a fit makes of them."""

import signal
import time
from pathlib import Path

import pytest
import torch

from tests.training.fits import fit, start_fit
from training.__main__ import main
from training.loop.running import COMPLETE
from training.loop.unfinished_fit import draft_of
from training.pretraining.language_model import IGNORED, CausalBatches, MaskedBatches
from training.pretraining.vocabulary import BYTES, train_tokenizer
from triage.manifest import digest, read_manifest

TEXTS = ("Курьер опять ехал целую вечность", "Цены выше, чем в магазине 👎", "Спасибо")
SMALL = (
    "--vocabulary=420",
    "--hidden=64",
    "--inner=64",
    "--layers=2",
    "--epochs=4",
    "--batch=4",
    "--save-steps=6",
)
PRESETS = ("gemma-2-9b", "mistral-7b", "xlm-roberta")


def pretrain(preset: str, data: Path, out: Path, *more: str) -> list[str]:
    return ["pretrain", preset, f"--data={data}", f"--out={out}", *SMALL, *more]


@pytest.mark.parametrize("preset", PRESETS)
def test_a_pretrained_base_can_be_fitted(preset: str, reviews_file: Path, tmp_path: Path) -> None:
    assert main(pretrain(preset, reviews_file, tmp_path / "base")) == 0
    assert fit(preset, tmp_path / "base", reviews_file, tmp_path / "model") == 0

    assert read_manifest(tmp_path / "model").metrics
    assert not draft_of(tmp_path / "base").exists()


def test_a_killed_pretraining_ends_with_the_same_weights(
    reviews_file: Path, tmp_path: Path
) -> None:
    command = pretrain("xlm-roberta", reviews_file, tmp_path / "killed")
    process = start_fit(command)
    checkpoints = draft_of(tmp_path / "killed") / "checkpoints"
    while process.poll() is None and not list(checkpoints.glob(f"*/{COMPLETE}")):
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL, "it was killed before its end"

    assert main(command) == 0
    assert main(pretrain("xlm-roberta", reviews_file, tmp_path / "whole")) == 0

    killed, whole = (tmp_path / name / "model.safetensors" for name in ("killed", "whole"))
    assert digest(killed) == digest(whole)


@pytest.mark.parametrize(
    ("more", "what"),
    [
        ("--hidden=100", "--hidden 100: must be a multiple of twice --heads 4"),
        ("--kv-heads=3", "--heads 4: must be a multiple of --kv-heads 3"),
        ("--layers=0", "--layers 0: must be at least 1"),
        ("--vocabulary=300", "--vocabulary 300: must be at least 360"),
        ("--learning-rate=0", "--learning-rate 0.0: must be a number above zero"),
    ],
)
def test_sizes_that_no_network_has_are_one_line(
    more: str, what: str, reviews_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(pretrain("gemma-2-9b", reviews_file, tmp_path / "base", more)) == 1
    assert capsys.readouterr().err == f"error: {what}\n"
    assert not list(tmp_path.iterdir())


def test_a_base_that_is_there_already_is_not_replaced(
    reviews_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "something").touch()

    assert main(pretrain("gemma-2-9b", reviews_file, tmp_path / "base")) == 1
    assert "is there already; name another folder" in capsys.readouterr().err


@pytest.mark.parametrize("architecture", ["gemma2", "mistral", "xlm-roberta"])
def test_a_tokenizer_loses_nothing_and_comes_out_the_same_again(architecture: str) -> None:
    tokenizer = train_tokenizer(architecture, TEXTS, size=420)
    again = train_tokenizer(architecture, TEXTS, size=420)
    unseen = "Zażółć gęślą jaźń 配送 🚚"

    for text in (*TEXTS, unseen):
        ids = tokenizer(text, add_special_tokens=False)["input_ids"]
        assert tokenizer.unk_token_id not in ids
        assert tokenizer.decode(ids) == text
    assert tokenizer.backend_tokenizer.to_str() == again.backend_tokenizer.to_str()
    assert BYTES < len(tokenizer) <= 420


def test_causal_labels_are_the_row_itself_and_leave_padding_out() -> None:
    batch = CausalBatches(0)([{"input_ids": [2, 7, 8]}, {"input_ids": [2]}])

    assert batch["labels"].tolist() == [[2, 7, 8], [2, IGNORED, IGNORED]]
    assert batch["input_ids"].tolist() == [[2, 7, 8], [2, 0, 0]]


def test_about_a_seventh_is_masked_never_the_frame_and_alike_for_alike_batches() -> None:
    tokenizer = train_tokenizer("xlm-roberta", TEXTS, size=420)
    row = [tokenizer.bos_token_id, *range(10, 410), tokenizer.eos_token_id]
    rows = [{"input_ids": row, "position": n} for n in range(20)]
    batches = MaskedBatches(tokenizer, seed=1)
    batch, again, other = batches(rows), batches(rows), batches(rows[::-1])

    chosen = batch["labels"] != IGNORED
    assert 0.12 < chosen[:, 1:-1].float().mean() < 0.18
    assert not chosen[:, [0, -1]].any()
    masked = batch["input_ids"] == tokenizer.mask_token_id
    assert 0.7 < (masked & chosen).sum() / chosen.sum() < 0.9
    assert not (masked & ~chosen).any()
    assert (batch["labels"][chosen] == torch.tensor(row).expand(20, -1)[chosen]).all()
    assert torch.equal(batch["input_ids"], again["input_ids"])
    assert not torch.equal(batch["input_ids"], other["input_ids"].flip(0))
