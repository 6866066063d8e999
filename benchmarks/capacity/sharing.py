"""
How workers share a queue, and what happens to the jobs of one that is killed.

python -m benchmarks sharing --redis redis://127.0.0.1:6379/9 [--jobs N] [--kill] ...

The workers are separate processes on an empty database of a real Redis. Jobs are queued much faster
than they are answered, after all workers have started or before. Prints JSON: for each worker its
answers, the longest time without one while jobs were open, and its idle time at the end.
"""

import argparse
import asyncio
import json
import os
import platform
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from triage.key_file import new_key
from triage.queue.consumers import consumers_key
from triage.queue.limits import JOBS, WORKERS
from triage.queue.messages import Job, Outcome
from triage.queue.stream_factory import job_stream, outcome_stream
from triage.queue.streams import Connections, connect
from triage.sealing import Seal

ROOT = Path(__file__).parents[2]

TEXT = "Курьер опоздал на час"

# Jobs published together; more would only wait in the client.
AT_ONCE = 50

# Outcomes taken together by the simulated bot; more than a worker publishes in that time.
TAKEN_AT_ONCE = 200

TIMEOUT_S = 600.0
LOOK_EVERY_S = 0.02


@dataclass(frozen=True, slots=True)
class SharingPlan:
    """The parameters of a run."""

    redis_url: str
    jobs: int = 10_000
    workers: int = 2
    look_ahead: int = 64
    seconds_a_batch: float = 0.02
    lease_s: float = 2.0
    kill: bool = False
    queued_first: bool = False


@dataclass(slots=True)
class Tally:
    """The outcomes: when each worker answered, and how often each review was answered."""

    moments_s: dict[str, list[float]] = field(default_factory=dict)
    answered: Counter[UUID] = field(default_factory=Counter)

    def note(self, outcome: Outcome, now_s: float) -> None:
        """Record one outcome."""
        self.moments_s.setdefault(outcome.model.version, []).append(now_s)
        self.answered[outcome.review_id] += 1


async def measure(plan: SharingPlan) -> dict[str, Any]:
    """Return the results of one run; the database is emptied at the end."""
    key, connections = new_key().decode(), connect(plan.redis_url)
    seal = Seal([key.encode()])
    if await connections.commands.dbsize():
        raise SystemExit(f"sharing: {plan.redis_url} is not empty; name another database")
    started: list[subprocess.Popen[bytes]] = []
    try:
        if plan.queued_first:
            await _publish(connections, seal, plan.jobs)
        started += [_start(plan, key, f"w{number}") for number in range(plan.workers)]
        async with asyncio.timeout(TIMEOUT_S):
            await _all_there(connections, plan.workers)
            async with asyncio.TaskGroup() as tasks:
                if not plan.queued_first:
                    tasks.create_task(_publish(connections, seal, plan.jobs))
                tally, killed_s = await _collect(connections, seal, plan, started)
        left = await connections.commands.xlen(JOBS)
    finally:
        for process in started:
            process.kill()
            process.wait()
        await connections.commands.flushdb()
        await connections.aclose()
    return _report(plan, tally, killed_s, left)


async def _all_there(connections: Connections, workers: int) -> None:
    consumers = consumers_key(JOBS, WORKERS)
    while True:
        if await connections.commands.zcard(consumers) >= workers:
            return
        await asyncio.sleep(LOOK_EVERY_S)


async def _publish(connections: Connections, seal: Seal, count: int) -> None:
    jobs = job_stream(connections, seal)
    for first in range(0, count, AT_ONCE):
        await asyncio.gather(*(jobs.publish(_job()) for _ in range(min(AT_ONCE, count - first))))


def _job() -> Job:
    return Job(
        review_id=uuid4(), rating=1, tags=("DELIVERY",), text=TEXT, language="ru", enqueued_ms=1
    )


def _start(plan: SharingPlan, key: str, name: str) -> subprocess.Popen[bytes]:
    options = (plan.seconds_a_batch, plan.look_ahead, plan.lease_s)
    command = [plan.redis_url, key, name, *map(str, options)]
    return subprocess.Popen(
        [sys.executable, "-m", "benchmarks.capacity.sharing_worker", *command],
        cwd=ROOT,
        stderr=subprocess.DEVNULL,
    )


async def _collect(
    connections: Connections,
    seal: Seal,
    plan: SharingPlan,
    workers: Sequence[subprocess.Popen[bytes]],
) -> tuple[Tally, float | None]:
    """Take outcomes as a bot does until every job has one; half-way kill a worker, if planned."""
    outcomes = outcome_stream(connections, seal)
    await outcomes.create_group()
    tally, killed_s = Tally(), None
    while len(tally.answered) < plan.jobs:
        if all(worker.poll() is not None for worker in workers):
            raise SystemExit("sharing: the workers ended; run benchmarks.capacity.sharing_worker")
        deliveries = await outcomes.read(TAKEN_AT_ONCE)
        now_s = time.monotonic()
        for delivery in deliveries:
            tally.note(delivery.message, now_s)
        await asyncio.gather(*(outcomes.settle(delivery.entry_id) for delivery in deliveries))
        if plan.kill and killed_s is None and len(tally.answered) >= plan.jobs // 2:
            workers[0].kill()
            killed_s = time.monotonic()
    return tally, killed_s


def _report(plan: SharingPlan, tally: Tally, killed_s: float | None, left: int) -> dict[str, Any]:
    first_s = min(moments[0] for moments in tally.moments_s.values())
    ended_s = max(moments[-1] for moments in tally.moments_s.values())
    workers = {
        name: {
            "answers": len(moments),
            "longest_silence_s": round(_silence_s(moments), 2),
            "idle_at_the_end_s": round(ended_s - moments[-1], 2),
        }
        for name, moments in sorted(tally.moments_s.items())
    }
    return {
        "jobs": plan.jobs,
        "look_ahead": plan.look_ahead,
        "seconds_a_batch_of_8": plan.seconds_a_batch,
        "lease_s": plan.lease_s,
        "queued_first": plan.queued_first,
        "workers": workers,
        "jobs_per_s": round(plan.jobs / (ended_s - first_s)),
        "answered_twice": sum(count > 1 for count in tally.answered.values()),
        "left": left,
        "end_after_kill_s": None if killed_s is None else round(ended_s - killed_s, 2),
        "machine": f"{os.cpu_count()} x {platform.machine()}, Python {platform.python_version()}",
    }


def _silence_s(moments_s: list[float]) -> float:
    """Return the longest time between two answers of one worker."""
    return max((after - before for before, after in pairwise(moments_s)), default=0.0)


def main(argv: Sequence[str] | None = None) -> None:
    """Measure and print."""
    usual = SharingPlan("")
    parser = argparse.ArgumentParser(prog="python -m benchmarks sharing", description=__doc__)
    parser.add_argument("--redis", required=True, help="URL of an empty database")
    parser.add_argument("--jobs", type=int, default=usual.jobs, help="number (%(default)s)")
    parser.add_argument("--workers", type=int, default=usual.workers, help="number (%(default)s)")
    parser.add_argument(
        "--look-ahead", type=int, default=usual.look_ahead, help="jobs (%(default)s)"
    )
    parser.add_argument("--seconds-a-batch", type=float, default=usual.seconds_a_batch)
    parser.add_argument("--lease", type=float, default=usual.lease_s, help="seconds (%(default)s)")
    parser.add_argument("--kill", action="store_true", help="kill one worker half-way")
    parser.add_argument("--queued-first", action="store_true", help="queue before workers start")
    given = parser.parse_args(argv)
    plan = SharingPlan(
        given.redis,
        jobs=given.jobs,
        workers=given.workers,
        look_ahead=given.look_ahead,
        seconds_a_batch=given.seconds_a_batch,
        lease_s=given.lease,
        kill=given.kill,
        queued_first=given.queued_first,
    )
    print(json.dumps(asyncio.run(measure(plan)), indent=2))


if __name__ == "__main__":
    main()
