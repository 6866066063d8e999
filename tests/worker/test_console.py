"""python -m worker's commands, as whoever runs it sees them."""

from pathlib import Path

import pytest
import torch
from redis import Redis

from tests.console import Run, runner, told_nothing
from tests.redis_server import RedisServer
from tests.triage.queue.queues import KEY
from worker.__main__ import main
from worker.classifiers.errors import GpuFailed, NoGpu
from worker.classifiers.language.memory import Gpu
from worker.classifiers.language.presets import GB
from worker.console import doctor
from worker.console import gpu_driver as driver
from worker.settings import WorkerSettings


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Return how to run the worker in a folder with a key: exit code, and lines printed."""
    told_nothing(WorkerSettings, monkeypatch, tmp_path)
    (tmp_path / "key").write_text(KEY)
    monkeypatch.setenv("TRIAGE_KEY_FILE", "key")
    monkeypatch.setenv("WORKER_MODEL", "models/default")
    monkeypatch.setattr("worker.console.doctor.find_gpu", lambda: None)
    return runner(main, monkeypatch, capsys)


@pytest.mark.redis
def test_a_doctor_finds_nothing_wrong_where_nothing_is(run: Run, redis_url: str) -> None:
    code, lines = run("doctor", redis_url=redis_url, worker_model="auto")
    assert code == 0, lines
    assert [line[:5] for line in lines] == ["ok   "] * 3
    assert "the CPU model is loaded, since" in lines[2]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"worker_model": "nowhere"}, "name a folder that holds a model"),
        ({"taxonomy_file": "none.json"}, "none.json"),
        ({"triage_key_file": "none"}, "the bot makes it at its first start"),
        ({"redis_url": "redis://127.0.0.1:1/0"}, "start Redis, or correct REDIS_URL"),
    ],
)
@pytest.mark.redis
def test_a_doctor_names_what_is_wrong(
    run: Run, redis_url: str, settings: dict[str, str], words: str
) -> None:
    code, lines = run("doctor", **{"redis_url": redis_url, "worker_model": "auto", **settings})
    assert code == 1
    [wrong] = [line for line in lines if line.startswith("WRONG ")]
    assert words in wrong


@pytest.mark.redis
def test_a_redis_that_evicts_is_a_line_at_the_start(run: Run, own_redis: RedisServer) -> None:
    with Redis.from_url(own_redis.url) as client:
        client.config_set("maxmemory", "100mb")
        client.config_set("maxmemory-policy", "allkeys-lru")
    code, lines = run(redis_url=own_redis.url, worker_model="auto")
    assert code == 1
    assert lines[-1].startswith("worker: Redis has maxmemory-policy allkeys-lru; set it to")


@pytest.mark.redis
def test_a_worker_that_does_not_run_is_not_well(run: Run, redis_url: str) -> None:
    code, [line] = run("health", redis_url=redis_url)
    assert code == 1
    assert line.startswith("worker: the worker has stopped taking jobs; restart it. 0 jobs wait")


@pytest.mark.parametrize(
    ("gpu", "words"),
    [
        (Gpu(24 * GB, 4 * GB, has_bf16=True), "auto takes gemma-2-27b here"),  # which serves there
        (Gpu(8 * GB, 7 * GB, has_bf16=True), "the CPU model is loaded, since the GPU's 8.0 GB"),
    ],
)
def test_a_doctor_says_what_auto_does_with_the_gpu(
    monkeypatch: pytest.MonkeyPatch, gpu: Gpu, words: str
) -> None:
    monkeypatch.setattr("worker.classifiers.loading._require_gpu", lambda: gpu)
    monkeypatch.setattr("worker.console.doctor.find_gpu", lambda: driver.DriverGpu("L4", 23034))
    assert words in doctor._model(WorkerSettings(_env_file=None))


def test_a_doctor_names_a_gpu_that_pytorch_does_not_see(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    monkeypatch.setattr("worker.console.doctor.find_gpu", lambda: driver.DriverGpu("L4", 23034))
    with pytest.raises(NoGpu, match="shows no GPU to PyTorch, but the driver shows L4 with 23034"):
        doctor._model(WorkerSettings(_env_file=None))


def test_a_gpu_that_cannot_be_used_is_wrong_to_a_doctor(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise torch.AcceleratorError("CUDA error: no kernel image is available")

    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    monkeypatch.setattr("torch.ones", fail)
    with pytest.raises(GpuFailed, match="the GPU cannot be used: CUDA error: no kernel image"):
        doctor._model(WorkerSettings(_env_file=None))
