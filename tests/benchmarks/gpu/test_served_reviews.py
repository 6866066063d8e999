"""The measurement of a worker's process: what it says if the process or its server is missing."""

import gc
from pathlib import Path

import pytest

from benchmarks.gpu import served_reviews
from benchmarks.gpu.full_size import CannotMeasure
from benchmarks.gpu.random_model import write_random_files
from benchmarks.gpu.served_reviews import ServingPlan, measure_worker

PLAN = ServingPlan("gemma-2-9b", "cpu", tiny=True, alone=2, together=2, seed=0)


def test_without_redis_the_reason_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(served_reviews, "find_redis", lambda: None)
    with pytest.raises(CannotMeasure, match="no redis-server is found; install it"):
        measure_worker(PLAN)


def test_without_room_on_the_disk_nothing_is_written(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("benchmarks.gpu.random_model.SPARE_BYTES", 10**18)
    with pytest.raises(CannotMeasure, match=r"GB free, .* TMPDIR names another folder"):
        write_random_files(tmp_path, PLAN.preset, "cpu", tiny=True, seed=0)
    assert not list(tmp_path.iterdir())


def test_a_worker_that_ends_is_an_error_with_its_last_line(
    monkeypatch: pytest.MonkeyPatch, redis_executable: str, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(served_reviews, "_write_model", lambda folder, _: {})
    with pytest.raises(RuntimeError, match=r"the worker ended with 1: .*manifest\.json"):
        measure_worker(PLAN)

    gc.collect()  # asyncio logs an exception that was never retrieved when its future is deleted
    assert "never retrieved" not in caplog.text
