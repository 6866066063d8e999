import asyncio
import json
import socket
from contextlib import suppress
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from tests.ports import free_port
from tests.worker.samples import TurnedClock, eventually
from triage.errors import PortTaken, QueueUnavailable
from triage.queue.limits import LONGEST_BATCH_S
from worker.metrics import WorkerMetrics
from worker.monitoring import BEAT_S, Health, monitored


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture
def health(clock: TurnedClock) -> Health:
    health = Health(clock=clock)
    health.ready()
    return health


def test_a_worker_is_unhealthy_until_its_model_is_loaded() -> None:
    health = Health()
    assert health.problem() == "the model is being loaded"
    health.ready()
    assert health.problem() is None


async def test_a_worker_without_recent_heartbeat_is_unhealthy(
    health: Health, clock: TurnedClock
) -> None:
    clock.now_s += BEAT_S + 1
    assert health.problem() == "no sign of work for 61 s"
    await health.beat()
    assert health.problem() is None


def test_a_worker_is_healthy_during_a_long_batch_but_not_a_stuck_one(
    health: Health, clock: TurnedClock
) -> None:
    with health.batch():
        clock.now_s += BEAT_S + 1
        assert health.problem() is None
        clock.now_s += LONGEST_BATCH_S
        assert health.problem() == "a batch has run for 661 s"
    assert health.problem() is None


async def test_a_worker_waiting_for_redis_is_healthy(clock: TurnedClock) -> None:
    async def fail() -> None:
        raise QueueUnavailable("Redis is away")

    health = Health(fail, clock)
    health.ready()
    clock.now_s += BEAT_S + 1
    with pytest.raises(QueueUnavailable):
        await health.beat()
    assert health.problem() is None


def test_the_health_check_shows_a_warning_while_redis_refuses_writes() -> None:
    """A Redis that refuses writes lets no job be settled, and a restart would not help."""
    refusals: list[Exception] = [QueueUnavailable("Redis: OOM; its memory is full: raise its")]

    async def sign() -> None:
        if refusals:
            raise refusals.pop()

    health, port = Health(sign), free_port()
    health.ready()
    told = []
    with monitored("127.0.0.1", port, WorkerMetrics(), health):
        for _ in range(2):
            with suppress(QueueUnavailable):
                asyncio.run(health.beat())
            with urlopen(f"http://127.0.0.1:{port}/healthz") as answer:
                told.append(json.load(answer))
    warning = "Redis: OOM; its memory is full: raise its"
    assert told == [{"status": "ok", "warning": warning}, {"status": "ok"}]


async def test_heartbeats_continue_during_a_batch_up_to_its_time_limit(
    clock: TurnedClock,
) -> None:
    signs: list[float] = []

    async def sign() -> None:
        signs.append(clock.now_s)
        raise QueueUnavailable("Redis is away")  # which is no reason to stop

    health = Health(sign, clock, beat_every_s=0.001)
    health.ready()
    vouching = asyncio.create_task(health.beat_during_batch())
    await asyncio.sleep(0.05)
    assert not signs, "outside of a batch the loop that does the work gives them"
    with health.batch():
        clock.now_s += LONGEST_BATCH_S - 1
        await eventually(lambda: len(signs) > 2)
        clock.now_s += 2
        await asyncio.sleep(0.01)
        signs.clear()
        await asyncio.sleep(0.05)
        assert not signs, "a model that hangs is vouched for no longer"
    vouching.cancel()


def test_prometheus_and_health_checks_are_answered(health: Health, clock: TurnedClock) -> None:
    metrics, port = WorkerMetrics(), free_port()
    metrics.again("alone")
    with monitored("127.0.0.1", port, metrics, health):
        with urlopen(f"http://127.0.0.1:{port}/metrics") as told:
            assert b'triage_job_retries_total{why="alone"} 1.0' in told.read()
        with urlopen(f"http://127.0.0.1:{port}/healthz") as answer:
            assert json.load(answer) == {"status": "ok"}
        clock.now_s += BEAT_S + 1
        with pytest.raises(HTTPError) as unhealthy:
            urlopen(f"http://127.0.0.1:{port}/healthz")
        with unhealthy.value as answer:
            assert (answer.code, "no sign of work" in answer.read().decode()) == (503, True)
        with pytest.raises(HTTPError) as unknown:
            urlopen(f"http://127.0.0.1:{port}/")
        with unknown.value as answer:
            assert answer.code == 404


def test_the_error_for_an_occupied_port_names_its_setting(health: Health) -> None:
    with (
        socket.create_server(("", 0)) as taken,
        pytest.raises(PortTaken, match=r"port \d+ cannot be used .*WORKER_PORT"),
        monitored("127.0.0.1", taken.getsockname()[1], WorkerMetrics(), health),
    ):
        pytest.fail("it cannot listen")


def test_without_a_port_no_server_is_started(health: Health) -> None:
    with monitored("127.0.0.1", None, WorkerMetrics(), health):
        pass
