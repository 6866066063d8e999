"""WORKER_MODEL=auto: the CPU model serves until a better one is ready, or for good."""

import asyncio
import threading
import time
from pathlib import Path

import pytest
import torch

from tests.conftest import TinyModel
from tests.triage.queue.queues import SEAL, job, stream_of_jobs, stream_of_outcomes
from tests.worker.classifiers.language.test_tokens import base_of
from tests.worker.samples import BREAK, TAXONOMY, RuleModel, collect
from triage.queue.streams import Connections
from triage.taxonomy import Taxonomy
from worker.app import serve
from worker.classifiers.errors import DoesNotFit, GpuFailed
from worker.classifiers.language.memory import Hardware
from worker.classifiers.language.model import load_model
from worker.classifiers.language.presets import PRESETS
from worker.classifiers.loading import ModelSource, load_classifier, recipe_for_gpu
from worker.classifiers.protocol import Classifier
from worker.model_upgrade import in_daemon_thread, load_gpu_model
from worker.settings import WorkerSettings

SETTINGS = WorkerSettings(_env_file=None)


@pytest.fixture(autouse=True)
def _no_gpu() -> None:
    if torch.cuda.is_available():
        pytest.skip("there is a GPU here")


def test_without_a_gpu_no_recipe_is_taken() -> None:
    with pytest.raises(DoesNotFit, match="this machine shows no GPU to PyTorch"):
        recipe_for_gpu()


async def test_without_a_gpu_the_cpu_model_stays_and_a_line_says_so(
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert await load_gpu_model(TAXONOMY, ModelSource()) is None
    (line,) = [r.message for r in caplog.records if r.name == "worker.model_upgrade"]
    assert line == ("WORKER_MODEL=auto: the CPU model stays: this machine shows no GPU to PyTorch")


async def test_where_the_cpu_is_asked_for_the_cpu_model_stays(
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert await load_gpu_model(TAXONOMY, ModelSource(Hardware("cpu"))) is None
    assert caplog.messages == [
        "WORKER_MODEL=auto: the CPU model stays: WORKER_DEVICE=cpu leaves the GPU to others"
    ]


async def test_where_the_gpu_fails_while_a_model_is_loaded_the_cpu_model_stays(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> Classifier:
        raise GpuFailed("the GPU failed: CUDA error: unknown error")

    monkeypatch.setattr("worker.model_upgrade.recipe_for_gpu", lambda _: PRESETS["gemma-2-9b"])
    monkeypatch.setattr("worker.model_upgrade.load_preset_or_folder", fail)
    assert await load_gpu_model(TAXONOMY, ModelSource()) is None
    assert caplog.messages[-1].endswith(
        "the CPU model stays: the GPU failed: CUDA error: unknown error"
    )


async def test_a_gpu_that_fails_under_its_model_ends_the_worker_with_that_alone(
    fake_connections: Connections,
) -> None:
    async def better(taxonomy: Taxonomy, source: ModelSource) -> Classifier:
        return RuleModel()

    serving = asyncio.create_task(serve(SETTINGS, fake_connections, SEAL, better))
    jobs, outcomes = stream_of_jobs(fake_connections), stream_of_outcomes(fake_connections)
    async with asyncio.timeout(60):
        model = ""
        while model != "rules":
            await jobs.publish(job())
            (last,) = await collect(outcomes, 1)
            model = last.message.model.name
        await jobs.publish(job(BREAK))
        with pytest.raises(GpuFailed, match="the GPU failed"):
            await serving


async def test_a_better_model_takes_over_while_the_worker_serves(
    fake_connections: Connections, tiny_model: TinyModel
) -> None:
    may_load = asyncio.Event()
    folder = tiny_model("gemma-2-9b")

    async def better(taxonomy: Taxonomy, source: ModelSource) -> Classifier:
        await may_load.wait()
        return await in_daemon_thread(lambda: load_model(folder, base_of(folder), taxonomy))

    serving = asyncio.create_task(serve(SETTINGS, fake_connections, SEAL, better))
    jobs, outcomes = stream_of_jobs(fake_connections), stream_of_outcomes(fake_connections)
    await jobs.publish(job())
    (first,) = await collect(outcomes, 1)
    may_load.set()
    async with asyncio.timeout(60):
        while True:
            await jobs.publish(job())
            (last,) = await collect(outcomes, 1)
            if last.message.model != first.message.model:
                break
    serving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await serving

    assert first.message.model.name == "linear"
    assert last.message.model.name == "gemma-2-9b"
    assert last.attachment.startswith(b"\x89PNG")


async def test_a_crash_in_getting_it_ends_the_worker(fake_connections: Connections) -> None:
    async def broken(taxonomy: Taxonomy, source: ModelSource) -> Classifier:
        raise ZeroDivisionError

    async with asyncio.timeout(30):
        with pytest.RaisesGroup(ZeroDivisionError):
            await serve(SETTINGS, fake_connections, SEAL, broken)


async def test_a_thread_s_result_and_failure_come_back() -> None:
    assert await in_daemon_thread(lambda: 3) == 3
    with pytest.raises(ZeroDivisionError):
        await in_daemon_thread(lambda: 1 / 0)


async def test_nobody_waits_for_a_thread_that_is_not_wanted_any_more() -> None:
    may_end = threading.Event()
    waiting = asyncio.create_task(in_daemon_thread(may_end.wait))
    await asyncio.sleep(0.05)
    started = time.monotonic()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert time.monotonic() - started < 1
    may_end.set()


def test_a_tiny_model_s_folder_is_loaded_by_its_kind(tiny_model: TinyModel) -> None:
    folder: Path = tiny_model("xlm-roberta")
    assert load_classifier(folder, TAXONOMY).manifest.preset == "xlm-roberta"
