"""python -m worker, as its operator sees it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.triage.queues import KEY, job, stream_of_jobs, stream_of_outcomes
from tests.worker.folders import write_model
from tests.worker.samples import collect, eventually
from triage.streams import Connections


class Started:
    """A worker's process and what it has said so far."""

    def __init__(self, folder: Path, settings: dict[str, str]) -> None:
        self._said = folder / "said"
        with self._said.open("wb") as said:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "worker"],
                cwd=folder,
                env=os.environ | settings,
                stdout=said,
                stderr=said,
                start_new_session=True,
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


def test_settings_that_cannot_be_used_are_named_in_a_line_each(start: Start) -> None:
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


def test_a_missing_model_is_said_in_one_line(start: Start, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(KEY)
    worker = start(worker_model="nowhere")
    assert worker.process.wait(30) == 1
    (line,) = worker.said.splitlines()
    assert line.startswith("worker: nowhere/manifest.json: ")


def test_a_key_that_is_none_is_said_in_one_line(start: Start, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("x")
    worker = start()
    assert worker.process.wait(30) == 1
    (line,) = worker.said.splitlines()
    assert "holds no Fernet key" in line


@pytest.mark.redis
async def test_a_worker_waits_for_its_key_answers_and_stops(
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
