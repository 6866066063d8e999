import json
from pathlib import Path
from typing import Any

import pytest
import torch

from benchmarks.__main__ import main
from benchmarks.gpu.readers import Reading, streaming
from worker.classifiers.gpu_driver import DriverGpu

TOY = (
    *("gpu", "--random-weights", "--device", "cpu", "--tiny", "--reviews", "24", "--repeats", "1"),
    *("--warm-up", "2", "--latency-runs", "2", "--latency-tokens", "12", "--agreement", "6"),
    *("--budgets", "1024", "512"),
)


@pytest.mark.parametrize("preset", ["gemma-2-9b", "mistral-7b"])
def test_the_gpu_benchmark_runs_completely_with_a_tiny_model(
    preset: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "new" / "report.json"
    assert main([*TOY, "--preset", preset, "--json", "--out", str(out)]) == 0

    report = json.loads(capsys.readouterr().out)
    assert report == json.loads(out.read_text(encoding="utf-8"))
    assert report["machine"]["libraries"]["torch"] == torch.__version__
    assert report["model"]["tiny"]
    assert report["reviews"]["count"] == 24
    assert [form["form"] for form in report["forms"]] == ["nf4", "bf16"]
    for form in report["forms"]:
        assert [row["max_tokens"] for row in form["streaming"]] == [1024, 512]
        assert all(row["reviews_per_s"] > 0 for row in form["streaming"])
        assert form["latency"]["p50_ms"] <= form["latency"]["p95_ms"]
        assert form["agreement"]["reviews"] == 6
    plain = report["forms"][0]["plain_loop"]
    assert plain["batch"] == 32
    assert plain["padding_waste"] > report["forms"][0]["streaming"][1]["padding_waste"]
    assert set(report["times_plain_loop"]) == {"nf4", "bf16"}


def test_the_printed_table_includes_runs_that_ran_out_of_memory(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def small(*given: Any, max_tokens: int, **settings: Any) -> Reading:
        if max_tokens < 1024:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate\nmuch")
        return streaming(*given, max_tokens=max_tokens, **settings)

    monkeypatch.setattr("benchmarks.gpu.comparison.streaming", small)
    toy = [*TOY, "--preset", "gemma-2-27b", "--forms", "nf4", "--agreement", "0"]
    assert main(toy) == 0
    _, *marked = capsys.readouterr().out.splitlines()
    lines = [line.removeprefix("toy on the CPU: ") for line in marked]
    assert [line.split("  ")[0] for line in lines[1:]] == [
        "nf4 1024 tokens",
        "nf4 512 tokens",
        "plain loop of 6",
        lines[-1],
    ]
    assert lines[2].endswith("CUDA out of memory. Tried to allocate")
    assert lines[-1].endswith("x the plain loop")


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU")
def test_without_a_gpu_the_benchmark_fails_with_a_one_line_error(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["gpu", "--preset", "gemma-2-9b", "--random-weights"]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "--device cpu --tiny" in line


@pytest.mark.parametrize("name", ["gpu --all", "differential --device cuda"])
def test_a_driver_that_is_too_old_is_one_line_with_the_version_that_is_needed(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.version, "cuda", "13.0")
    old = DriverGpu("NVIDIA H200", 143_771, "550.90.07")
    monkeypatch.setattr("worker.classifiers.loading.find_gpu", lambda: old)
    assert main(name.split()) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "CUDA 13.0 needs driver 580 or newer" in line


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["--device", "cpu"], "add --tiny"),
        (["--device", "cpu", "--tiny", "--data", "none.csv"], "none.csv"),
    ],
)
def test_invalid_measurement_options_give_a_one_line_error(
    given: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["gpu", "--preset", "gemma-2-9b", "--random-weights", *given]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert told in line


def test_the_error_for_an_unknown_measurement_lists_the_known_ones(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["nothing"]) == 2
    assert "latency" in capsys.readouterr().out
