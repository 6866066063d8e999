"""python -m worker, as its operator sees it."""

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from redis import Redis

from tests.conftest import TinyModel
from tests.forked import Forked
from tests.triage.queue.queues import KEY, job, stream_of_jobs, stream_of_outcomes
from tests.worker.classifiers.hub.hub_server import COMMIT, HubServer, Repository
from tests.worker.folders import write_model
from tests.worker.samples import collect, eventually
from triage.manifest import read_manifest
from triage.queue.limits import JOBS
from triage.queue.streams import Connections
from worker.classifiers.language.presets import PRESETS

pytestmark = pytest.mark.xdist_group("processes")


class Started:
    """A worker's process and what it has said so far."""

    def __init__(self, folder: Path, settings: dict[str, str]) -> None:
        self._said = folder / "said"
        self._said.write_bytes(b"")
        self.process = Forked(
            "worker", folder=folder, environment=os.environ | settings, output=self._said
        )

    @property
    def said(self) -> str:
        return self._said.read_text(encoding="utf-8")

    def says(self, words: str) -> Callable[[], bool]:
        return lambda: words in self.said


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Started]]:
    """Return how to start workers, with settings as keywords in lower case."""
    started: list[Started] = []

    def start(**settings: object) -> Started:
        named = {name.upper(): str(value) for name, value in settings.items()}
        started.append(Started(tmp_path, {"TRIAGE_KEY_FILE": "key", **named}))
        return started[-1]

    yield start
    for worker in started:
        worker.process.kill()
        worker.process.wait()


Start = Callable[..., Started]


def test_each_invalid_setting_is_reported_in_one_line(start: Start) -> None:
    worker = start(lease_s="soon", log_level="LOUD", redis_url="hush@nowhere")
    assert worker.process.wait(30) == 2
    lines = worker.said.splitlines()
    assert {line.split(":")[1] for line in lines} == {
        " setting LEASE_S",
        " setting LOG_LEVEL",
        " setting REDIS_URL",
    }
    assert len(lines) == 3
    assert "hush" not in worker.said


def test_a_missing_model_gives_a_one_line_error(start: Start, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(KEY)
    worker = start(worker_model="nowhere")
    assert worker.process.wait(30) == 1
    (line,) = worker.said.splitlines()
    assert line.startswith("worker: nowhere/manifest.json: ")


def test_an_invalid_key_gives_a_one_line_error(start: Start, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("x")
    worker = start()
    assert worker.process.wait(30) == 1
    (line,) = worker.said.splitlines()
    assert "contains no Fernet key" in line


@pytest.mark.redis
async def test_a_worker_waits_for_its_key_then_answers_and_stops_cleanly(
    start: Start, real_connections: Connections, redis_url: str, tmp_path: Path
) -> None:
    worker = start(redis_url=redis_url, worker_model=write_model(tmp_path / "model"))
    await eventually(worker.says("waiting: key file key"))
    (tmp_path / "key").write_text(KEY)
    sent = job("канарейка")
    await stream_of_jobs(real_connections).publish(sent)
    await collect(stream_of_outcomes(real_connections), 1)

    started = time.monotonic()
    worker.process.send_signal(signal.SIGTERM)
    assert worker.process.wait(30) == 0
    assert time.monotonic() - started < 5
    lines = [line for line in worker.said.splitlines() if str(sent.review_id) in line]
    assert len(lines) == 1
    assert "model one-class 1, rung 0.55, 1 classes" in lines[0]
    assert worker.said.count("waiting") == 1
    assert "канарейка" not in worker.said
    assert "Traceback" not in worker.said


@pytest.mark.parametrize(
    ("model", "settings", "what"),
    [
        ("mistral-7b", {}, "no weights of mistral-7b are published; train it with"),
        ("gemma-2-9b", {}, "gemma-2-9b needs a GPU: PyTorch sees no GPU on this machine"),
        (
            "gemma-2-9b",
            {"hf_hub_offline": 1, "worker_device": "cpu"},
            "TheStrangerOne/gemma-2-9b-it-bnb-4bit-lora",
        ),
        ("nowhere/at-all", {}, "name a folder that holds a model"),
    ],
)
def test_an_unobtainable_model_gives_a_one_line_error_and_jobs_stay_queued(
    start: Start, tmp_path: Path, redis_url: str, model: str, settings: dict[str, object], what: str
) -> None:
    (tmp_path / "key").write_text(KEY)
    with Redis.from_url(redis_url) as redis:
        redis.xadd(JOBS, {"message": b"sealed"})
        worker = start(redis_url=redis_url, worker_model=model, hf_home=tmp_path / "hf", **settings)
        assert worker.process.wait(60) == 1
        (line,) = worker.said.splitlines()
        assert line.startswith("worker: ")
        assert what in line
        assert redis.xlen(JOBS) == 1


@pytest.mark.redis
async def test_a_published_model_is_downloaded_and_later_served_offline(
    start: Start,
    tiny_model: TinyModel,
    real_connections: Connections,
    redis_url: str,
    tmp_path: Path,
) -> None:
    (tmp_path / "key").write_text(KEY)
    hub = HubServer()
    publish(hub, tiny_model("gemma-2-9b"))
    settings = {"redis_url": redis_url, "worker_model": "gemma-2-9b", "hf_home": tmp_path / "hf"}
    settings["worker_device"] = "cpu"
    jobs, outcomes = stream_of_jobs(real_connections), stream_of_outcomes(real_connections)
    with hub.running():
        worker = start(**settings, hf_endpoint=hub.url, hf_token=hub.token)
        await jobs.publish(job())
        (first,) = await collect(outcomes, 1, within_s=90)
        worker.process.terminate()
        assert worker.process.wait(30) == 0
        said = worker.said  # which the next one's words replace
    manifest = read_manifest(tmp_path / "models" / "gemma-2-9b")

    again = start(**settings, hf_hub_offline=1)
    await jobs.publish(job())
    (second,) = await collect(outcomes, 1, within_s=90)

    assert first.message.model == second.message.model
    assert first.message.model.version == manifest.version
    assert first.message.probabilities == second.message.probabilities
    assert manifest.base is not None
    assert manifest.base.revision == COMMIT, "the commit that was fetched is pinned"
    assert "of unsloth/gemma-2-9b-it-bnb-4bit" in said
    for words in (said, again.said):
        assert "Traceback" not in words
        assert hub.token not in words


def publish(hub: HubServer, model: Path) -> None:
    """Put a tiny model where the adapter and the base of the real one are published."""
    preset = PRESETS["gemma-2-9b"]
    assert preset.adapter is not None
    adapter, base = (files_of(model / part) for part in ("adapter", "base"))
    config = json.loads(adapter["adapter_config.json"])
    config["base_model_name_or_path"] = preset.base
    adapter["adapter_config.json"] = json.dumps(config).encode()
    hub.repositories[preset.adapter] = Repository(adapter)
    hub.repositories[preset.base] = Repository(base, frozenset({"model.safetensors"}))


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.redis
async def test_ctrl_c_in_a_terminal_stops_a_worker_without_a_traceback(
    start: Start, redis_url: str, tmp_path: Path
) -> None:
    (tmp_path / "key").write_text(KEY)
    worker = start(redis_url=redis_url, worker_model=write_model(tmp_path / "model"))
    await eventually(worker.says("is ready"), within_s=30)
    os.killpg(worker.process.pid, signal.SIGINT)
    assert worker.process.wait(30) == 0
    assert "Traceback" not in worker.said
