"""python -m worker's commands, as whoever runs it sees them."""

import asyncio
import socket
from dataclasses import replace
from pathlib import Path

import pytest
import redis.asyncio
import torch
from redis import Redis

from tests.console import Run, runner, told_nothing
from tests.redis_server import RedisServer
from tests.triage.queue.queues import KEY
from triage.errors import ManifestMismatch
from triage.queue.served_models import ServedModel, record_served_model
from worker.__main__ import main
from worker.classifiers.errors import GpuFailed, UnseenGpu
from worker.classifiers.gpu_driver import DriverGpu, find_gpu, unseen_reason
from worker.classifiers.language.memory import Gpu
from worker.classifiers.language.presets import GB
from worker.console import doctor
from worker.settings import WorkerSettings

CAFE = Path(__file__).parents[2] / "examples" / "cafe" / "taxonomy.json"
L4 = DriverGpu("L4", 23034, "570.86.10")


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Return how to run the worker in a folder with a key: exit code, and lines printed."""
    told_nothing(WorkerSettings, monkeypatch, tmp_path)
    (tmp_path / "key").write_text(KEY)
    monkeypatch.setenv("TRIAGE_KEY_FILE", "key")
    monkeypatch.setenv("WORKER_MODEL", "models/default")
    monkeypatch.setattr("worker.classifiers.loading.find_gpu", lambda: None)
    return runner(main, monkeypatch, capsys)


@pytest.mark.redis
def test_doctor_reports_no_problem_in_a_sound_installation(run: Run, redis_url: str) -> None:
    code, lines = run("doctor", redis_url=redis_url, worker_model="auto")
    assert code == 0, lines
    assert [line[:5] for line in lines] == ["ok   "] * 4
    assert lines[2].endswith("workers: none is running")
    assert "the CPU model is loaded, since" in lines[3]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"worker_model": "nowhere"}, "name a folder that holds a model"),
        ({"taxonomy_file": "none.json"}, "none.json"),
        ({"triage_key_file": "none"}, "the bot creates it at its first start"),
        ({"redis_url": "redis://127.0.0.1:1/0"}, "start Redis, or correct REDIS_URL"),
        ({"redis_url": "127.0.0.1"}, "setting REDIS_URL: begins with"),
    ],
)
@pytest.mark.redis
def test_doctor_reports_the_problem(
    run: Run, redis_url: str, settings: dict[str, str], words: str
) -> None:
    code, lines = run("doctor", **{"redis_url": redis_url, "worker_model": "auto", **settings})
    assert code == 1
    [wrong] = [line for line in lines if line.startswith("WRONG ")]
    assert words in wrong
    assert len(lines) > 1


@pytest.mark.redis
def test_a_redis_with_eviction_gives_an_error_line_at_startup(
    run: Run, own_redis: RedisServer
) -> None:
    with Redis.from_url(own_redis.url) as client:
        client.config_set("maxmemory", "100mb")
        client.config_set("maxmemory-policy", "allkeys-lru")
    code, lines = run(redis_url=own_redis.url, worker_model="auto")
    assert code == 1
    assert lines[-1].startswith("worker: Redis has maxmemory-policy allkeys-lru; set it to")


@pytest.mark.redis
def test_a_stopped_worker_is_unhealthy(run: Run, redis_url: str) -> None:
    code, [line] = run("health", redis_url=redis_url)
    assert code == 1
    assert line.startswith("worker: the worker has stopped taking jobs; restart it. 0 jobs wait")


@pytest.mark.redis
def test_a_doctor_says_what_each_worker_serves(run: Run, redis_url: str) -> None:
    record_models(redis_url, "one", "other")
    _, lines = run("doctor", redis_url=redis_url)
    serves = "linear 1 serves, no larger model: no GPU"
    assert lines[2].endswith(f"workers: on one {serves}; on other {serves}")


@pytest.mark.redis
def test_health_reports_the_served_model_and_why_it_is_not_larger(run: Run, redis_url: str) -> None:
    record_models(redis_url, socket.gethostname(), "another")
    _, [line] = run("health", redis_url=redis_url)
    assert line.endswith("; linear 1 serves, no larger model: no GPU")
    assert line.count("linear") == 1


def record_models(redis_url: str, *hosts: str) -> None:
    """Record that the worker of each host serves a CPU model."""

    async def record() -> None:
        async with redis.asyncio.from_url(redis_url) as commands:
            for host in hosts:
                model = ServedModel(host=host, name="linear", version="1", not_larger="no GPU")
                await record_served_model(commands, model)

    asyncio.run(record())


@pytest.mark.parametrize(
    ("gpu", "words"),
    [
        (Gpu(24 * GB, 4 * GB, has_bf16=True), "auto takes gemma-2-27b here"),  # which serves there
        (Gpu(8 * GB, 7 * GB, has_bf16=True), "the CPU model is loaded, since the GPU's 8.0 GB"),
    ],
)
def test_doctor_reports_which_model_auto_chooses_for_the_gpu(
    monkeypatch: pytest.MonkeyPatch, gpu: Gpu, words: str
) -> None:
    monkeypatch.setattr("worker.classifiers.loading.require_gpu", lambda: gpu)
    assert words in doctor._model(WorkerSettings(_env_file=None))


def test_doctor_refuses_other_classes_than_the_cpu_models_although_a_gpu_model_would_follow(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The worker loads the CPU model first in any case."""
    monkeypatch.setattr(
        "worker.classifiers.loading.require_gpu", lambda: Gpu(24 * GB, 4 * GB, has_bf16=True)
    )
    settings = WorkerSettings(_env_file=None, worker_model="auto", taxonomy_file=CAFE)
    with pytest.raises(ManifestMismatch, match="name the taxonomy file that it was fitted with"):
        doctor._model(settings)


def test_doctor_reports_a_gpu_that_pytorch_does_not_see(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    monkeypatch.setattr("worker.classifiers.loading.find_gpu", lambda: L4)
    with pytest.raises(
        UnseenGpu, match=r"no GPU on this machine, but driver 570\.86\.10 shows L4 with"
    ):
        doctor._model(WorkerSettings(_env_file=None))


@pytest.mark.parametrize(
    ("driver", "cuda", "words"),
    [
        ("570.86.10", "13.0", "CUDA 13.0 needs driver 580 or newer: update the driver"),
        ("580.65.06", "13.0", "check CUDA_VISIBLE_DEVICES"),
        ("570.86.10", "12.8", "check CUDA_VISIBLE_DEVICES"),
        ("570.86.10", None, "this PyTorch is built for the CPU"),
    ],
)
def test_the_reason_for_an_unseen_gpu_names_the_required_driver_version(
    driver: str, cuda: str | None, words: str
) -> None:
    reason = unseen_reason(replace(L4, driver=driver), cuda)
    assert reason.startswith(f"driver {driver} shows L4 with 23034 MiB; ")
    assert words in reason
    assert "\n" not in reason


def test_the_driver_is_queried_by_nvidia_smi(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = tmp_path / "nvidia-smi"
    program.write_text("#!/bin/sh\necho 'NVIDIA H200, NVL, 143771, 570.86.10'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert find_gpu() == DriverGpu("NVIDIA H200, NVL", 143771, "570.86.10")
    program.write_text("#!/bin/sh\necho 'No devices were found'\n")
    assert find_gpu() is None


def test_doctor_reports_an_unusable_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise torch.AcceleratorError("CUDA error: no kernel image is available")

    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    monkeypatch.setattr("torch.ones", fail)
    with pytest.raises(GpuFailed, match="the GPU cannot be used: CUDA error: no kernel image"):
        doctor._model(WorkerSettings(_env_file=None))
