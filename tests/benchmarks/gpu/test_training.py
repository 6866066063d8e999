"""The measurement of training, on toys: that it goes all the way, and what it says."""

import json
from pathlib import Path

import pytest
import torch

from benchmarks.__main__ import main

TOY = ("train", "--random-weights", "--device", "cpu", "--tiny", "--rows", "8", "--warm-up", "1")


def test_the_training_benchmark_runs_every_variant_with_a_tiny_model(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "new" / "report.json"
    assert main([*TOY, "--preset", "gemma-2-9b", "--out", str(out)]) == 0

    lines = capsys.readouterr().out.splitlines()
    report = json.loads(out.read_text(encoding="utf-8"))
    assert report["rows"]["count"] == 8
    assert report["model"]["rows_in_a_step"] == 4
    assert [way["way"] for way in report["ways"]] == ["plain nf4", "ours nf4", "ours bf16"]
    for way in report["ways"]:
        assert way["steps"] == 2
        assert way["seconds_per_epoch"] > 0
        assert any(line.startswith(f"toy on the CPU: {way['way']}") for line in lines)


def test_full_size_training_needs_a_gpu(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert main(["train", "--random-weights", "--preset", "gemma-2-9b"]) == 1
    assert "PyTorch sees no GPU" in capsys.readouterr().err
