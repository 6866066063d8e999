"""WORKER_MODEL=auto: the CPU model serves until a better one is ready, or for good."""

import asyncio
from functools import partial
from pathlib import Path

import pytest
import torch

from tests.conftest import TinyModel
from tests.triage.queue.queues import SEAL, job, stream_of_jobs, stream_of_outcomes
from tests.worker.classifiers.language.test_tokens import base_of
from tests.worker.samples import BREAK, TAXONOMY, RuleModel, collect
from triage.manifest import read_manifest
from triage.queue.served_models import read_served_models
from triage.queue.streams import Connections
from triage.taxonomy import Taxonomy
from worker.app import serve
from worker.classifiers.errors import BadModel, DoesNotFit, GpuFailed, NoGpu, NotFetched
from worker.classifiers.language.memory import Hardware
from worker.classifiers.language.model import load_model
from worker.classifiers.language.presets import PRESETS
from worker.classifiers.loading import (
    DEFAULT_MODEL,
    ModelSource,
    load_classifier,
    recipe_for_gpu,
)
from worker.classifiers.protocol import Classifier
from worker.daemon_thread import in_daemon_thread
from worker.model_upgrade import LONGEST_PAUSE_S, load_gpu_model, retry_upgrade
from worker.settings import WorkerSettings

pytestmark = pytest.mark.usefixtures("one_drawing_process")

SETTINGS = WorkerSettings(_env_file=None)
SHIPPED_NAME = read_manifest(DEFAULT_MODEL).name


@pytest.fixture(autouse=True)
def _no_gpu() -> None:
    if torch.cuda.is_available():
        pytest.skip("there is a GPU here")


@pytest.fixture(autouse=True)
def _no_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("worker.classifiers.loading.find_gpu", lambda: None)


async def upgraded(source: ModelSource) -> Classifier | None:
    """Return the model that replaces the CPU model; fail if an attempt is repeated."""

    async def never(pause_s: float) -> None:
        raise AssertionError(f"a second attempt after {pause_s} s")

    return await retry_upgrade(partial(load_gpu_model, TAXONOMY, source), lambda _: None, never)


def test_without_a_gpu_choosing_a_recipe_is_refused() -> None:
    with pytest.raises(DoesNotFit, match="PyTorch sees no GPU on this machine"):
        recipe_for_gpu()


async def test_without_a_gpu_the_cpu_model_stays_and_the_reason_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert await upgraded(ModelSource()) is None
    (line,) = [r.message for r in caplog.records if r.name == "worker.model_upgrade"]
    assert line == ("WORKER_MODEL=auto: the CPU model stays: PyTorch sees no GPU on this machine")


async def test_the_cpu_model_stays_if_the_cpu_is_requested(
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert await upgraded(ModelSource(Hardware("cpu"))) is None
    assert caplog.messages == [
        "WORKER_MODEL=auto: the CPU model stays: WORKER_DEVICE=cpu does not use the GPU"
    ]


async def test_the_cpu_model_stays_if_the_gpu_fails_while_loading(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> Classifier:
        raise GpuFailed("the GPU failed: CUDA error: unknown error")

    monkeypatch.setattr("worker.model_upgrade.recipe_for_gpu", lambda _: PRESETS["gemma-2-9b"])
    monkeypatch.setattr("worker.model_upgrade.load_preset_or_folder", fail)
    assert await upgraded(ModelSource()) is None
    assert caplog.messages[-1].endswith(
        "the CPU model stays: the GPU failed: CUDA error: unknown error"
    )


async def test_an_unreachable_hub_and_a_full_gpu_are_retried_with_back_off(
    caplog: pytest.LogCaptureFixture,
) -> None:
    errors = [NotFetched("the hub is away")] * 5 + [DoesNotFit("too little is free")] * 3
    left, pauses_s, told = list(errors), [], []
    model = RuleModel()

    async def load() -> Classifier:
        if left:
            raise left.pop(0)
        return model

    async def sleep(pause_s: float) -> None:
        pauses_s.append(pause_s)

    assert await retry_upgrade(load, told.append, sleep) is model
    assert pauses_s == [60, 120, 240, 480, 960, LONGEST_PAUSE_S, LONGEST_PAUSE_S, LONGEST_PAUSE_S]
    assert told == errors
    assert caplog.messages[0].endswith("stays: the hub is away; next attempt in 60 s")


@pytest.mark.parametrize("error", [NoGpu("none"), BadModel("damaged"), GpuFailed("broken")])
async def test_a_permanent_failure_is_not_retried(error: Exception) -> None:
    calls, told = [], []

    async def load() -> Classifier:
        calls.append(1)
        raise error

    assert await retry_upgrade(load, told.append) is None
    assert (len(calls), told) == (1, [error])


async def test_redis_stores_why_the_cpu_model_stays_until_a_larger_one_is_served(
    fake_connections: Connections,
) -> None:
    may_load = asyncio.Event()

    async def better(taxonomy: Taxonomy, source: ModelSource) -> Classifier:
        if not may_load.is_set():
            raise NotFetched("the hub is away")
        return RuleModel()

    async def model_with(reason: str | None, name: str) -> None:
        while [(m.name, m.not_larger) for m in await read_served_models(commands)] != [
            (name, reason)
        ]:
            await asyncio.sleep(0.05)

    commands = fake_connections.commands
    async with asyncio.timeout(60):
        serving = asyncio.create_task(serve(SETTINGS, fake_connections, SEAL, better))
        await model_with("the hub is away", SHIPPED_NAME)
        serving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await serving
        may_load.set()
        serving = asyncio.create_task(serve(SETTINGS, fake_connections, SEAL, better))
        await model_with(None, "rules")
        serving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await serving


async def test_a_gpu_failure_while_serving_ends_the_worker_with_this_error(
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


async def test_a_better_model_replaces_the_cpu_model_while_serving(
    fake_connections: Connections, tiny_model: TinyModel
) -> None:
    may_load = asyncio.Event()
    folder = tiny_model("gemma-2-9b")

    async def better(taxonomy: Taxonomy, source: ModelSource) -> Classifier:
        await may_load.wait()
        return await in_daemon_thread(
            lambda: load_model(folder, base_of(folder), taxonomy), "loader"
        )

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

    assert first.message.model.name == SHIPPED_NAME
    assert last.message.model.name == "gemma-2-9b"
    assert last.attachment.startswith(b"\x89PNG")


async def test_an_unexpected_error_in_the_upgrade_ends_the_worker(
    fake_connections: Connections,
) -> None:
    async def broken(taxonomy: Taxonomy, source: ModelSource) -> Classifier:
        raise ZeroDivisionError

    async with asyncio.timeout(30):
        with pytest.RaisesGroup(ZeroDivisionError):
            await serve(SETTINGS, fake_connections, SEAL, broken)


def test_a_transformer_folder_is_loaded_by_its_kind(tiny_model: TinyModel) -> None:
    folder: Path = tiny_model("xlm-roberta")
    assert load_classifier(folder, TAXONOMY).manifest.preset == "xlm-roberta"
