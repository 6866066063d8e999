"""All measurements of a GPU in one command, rehearsed with toys; what is cut off or fails."""

import errno
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from benchmarks.__main__ import main
from benchmarks.gpu import everything, inference
from benchmarks.gpu import steps as steps_module
from benchmarks.gpu.everything import run
from benchmarks.gpu.full_size import CannotMeasure
from benchmarks.gpu.shapes import TOY_LAYERS
from benchmarks.gpu.steps import GpuStep, steps
from tests.redis_server import find_redis
from worker.classifiers.errors import DoesNotFit

REHEARSAL = ("gpu", "--all", "--device", "cpu", "--tiny")


@pytest.mark.timeout(600)
def test_all_gpu_steps_run_on_a_cpu_with_tiny_models(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "new" / "all.json"
    assert main([*REHEARSAL, "--out", str(out)]) == 0

    report = json.loads(out.read_text(encoding="utf-8"))
    found = report["steps"]
    assert list(found) == [step.name for step in steps("cpu", tiny=True)]
    without_redis = {"worker gemma-2-9b"} if find_redis() is None else set()
    assert {name for name, one in found.items() if "skipped" in one} == without_redis
    assert not [name for name, one in found.items() if "error" in one]
    assert report["running"] is None
    assert found["environment"]["libraries"]["torch"]
    assert found["differential"]["all_hold"]
    (nf4,) = found["gemma-2-9b nf4"]["forms"]
    assert nf4["plain_loop"]["reviews_per_s"] > 0
    assert found["gemma-2-9b nf4"]["times_plain_loop"]["nf4"] > 0
    assert nf4["latency"]["p50_ms"] <= nf4["latency"]["p95_ms"]
    (bf16,) = found["gemma-2-9b bf16"]["forms"]
    for form in (nf4, bf16):
        assert form["graphs"]["largest_logit_difference"] < 0.2
        assert form["graphs"]["latency"]["p50_ms"] > 0
    assert bf16["fp8"]["layers"] == 7 * TOY_LAYERS
    assert bf16["fp8"]["agreement"]["reviews"] == 32
    if not without_redis:
        worker = found["worker gemma-2-9b"]
        assert worker["alone"]["push_to_result"]["p50_ms"] > 0
        assert worker["together"]["reviews"] == 8
        assert worker["together"]["reviews_per_s"] > 0
    assert found["training gemma-2-9b"]["extrapolated_epoch_s"] > 0
    assert {found["precision"][way]["reviews"] for way in ("bf16", "nf4", "fp16", "fp8")} == {8}
    assert any("aten::mm" in line for line in found["profile"]["batch"]["table"])
    assert (report["tiny"], report["device"]) == (True, "cpu")
    meaning, *lines, where = capsys.readouterr().out.splitlines()[-len(found) - 2 :]
    assert meaning.startswith("toy on the CPU: tiny models test the command")
    assert all(line.startswith("toy on the CPU: ") for line in lines)
    assert "environment " in lines[0]
    assert lines[1].endswith("all comparisons hold")
    assert not any("by CUDA graphs" in line for line in lines)
    assert where == f"the results are in {out}"


def test_an_interrupted_run_stores_finished_steps_and_the_running_step(tmp_path: Path) -> None:
    def cut_off(_: object) -> Mapping[str, Any]:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        carry_out(tmp_path, GpuStep("first", 1, lambda _: {"a": 1}), GpuStep("second", 1, cut_off))

    report = json.loads((tmp_path / "all.json").read_text(encoding="utf-8"))
    assert report["running"] == "second"
    assert report["steps"] == {"first": {"took_s": 1.0, "a": 1}}


def test_ctrl_c_is_one_line_that_names_the_file_of_results(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def cut_off(_: object) -> Mapping[str, Any]:
        raise KeyboardInterrupt

    monkeypatch.setattr(everything, "steps", lambda *_, **__: [GpuStep("first", 1, cut_off)])
    out = tmp_path / "all.json"

    assert main([*REHEARSAL, "--out", str(out)]) == 130

    printed = capsys.readouterr()
    assert printed.err.splitlines()[-1] == (
        f"benchmarks gpu: interrupted; the finished steps are in {out}"
    )
    assert json.loads(out.read_text(encoding="utf-8"))["running"] == "first"


def test_results_that_cannot_be_written_are_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fill_disk(_: object) -> Mapping[str, Any]:
        def full(*_: object) -> None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        monkeypatch.setattr(everything, "write_text", full)
        return {"a": 1}

    planned = [GpuStep("first", 1, fill_disk), GpuStep("second", 1, lambda _: {"b": 2})]
    monkeypatch.setattr(everything, "steps", lambda *_, **__: planned)

    assert main([*REHEARSAL, "--out", str(tmp_path / "all.json")]) == 1

    printed = capsys.readouterr()
    assert '"a": 1' in printed.out
    assert '"b": 2' in printed.out
    assert printed.err.splitlines()[-1] == "benchmarks: [Errno 28] No space left on device"


@pytest.mark.parametrize("out", ["/proc/x.json", "/tmp"])
@pytest.mark.parametrize("flags", [["--all"], ["--preset=gemma-2-9b", "--random-weights"]])
def test_a_report_that_cannot_be_written_is_refused_before_the_measurement(
    flags: list[str],
    out: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.delattr(steps_module, "compare_readers")
    monkeypatch.delattr(inference, "compare_readers")

    assert main(["gpu", *flags, "--device=cpu", "--tiny", f"--out={out}"]) == 1

    (line,) = (line for line in capsys.readouterr().err.splitlines() if out in line)
    assert line.startswith(f"benchmarks: {out}: ")


def test_a_failed_step_is_reported_and_the_next_step_gets_earlier_results(
    tmp_path: Path,
) -> None:
    def fail(_: object) -> Mapping[str, Any]:
        raise RuntimeError("no kernel")

    found = carry_out(
        tmp_path, GpuStep("first", 1, fail), GpuStep("second", 1, lambda done: {"seen": list(done)})
    )

    assert found["first"]["error"] == "RuntimeError: no kernel"
    assert found["second"]["seen"] == ["first"]


@pytest.mark.parametrize("error", [CannotMeasure("no Redis"), DoesNotFit("no Redis")])
def test_a_step_that_this_machine_cannot_measure_is_skipped_with_the_reason(
    error: Exception, tmp_path: Path
) -> None:
    def refuse(_: object) -> Mapping[str, Any]:
        raise error

    found = carry_out(tmp_path, GpuStep("worker", 1, refuse))

    assert found["worker"] == {"took_s": 1.0, "skipped": "no Redis"}


def test_a_step_without_enough_time_is_skipped_and_a_shorter_one_runs(
    tmp_path: Path,
) -> None:
    found = carry_out(
        tmp_path, GpuStep("long", 100, lambda _: {}), GpuStep("short", 5, lambda _: {"a": 1})
    )

    assert found["long"] == {"skipped": "about 100 s are needed, 59 s are left"}
    assert found["short"]["a"] == 1


def carry_out(folder: Path, *planned: GpuStep) -> Mapping[str, Mapping[str, Any]]:
    """Run the steps within 60 s of a clock that advances a second whenever it is read."""
    now_s = iter(range(100))
    return run(
        planned,
        folder / "all.json",
        device="cpu",
        limit_s=60,
        tiny=False,
        clock=lambda: float(next(now_s)),
    )
