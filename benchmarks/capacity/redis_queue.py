"""
The cost of a review in Redis and the rate of one worker, on a real server with an AOF.

The server persists like the product's server. The simulated bot only takes outcomes.
"""

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.reviews.invented import jobs
from charts.probabilities import draw_answer
from tests.redis_server import RedisServer
from triage.calibration import calibrated
from triage.cascade import decide
from triage.key_file import new_key
from triage.queue.limits import JOBS, MAX_OUTCOMES, OUTCOMES
from triage.queue.messages import Job, ModelName, Outcome
from triage.queue.stream_factory import job_stream, outcome_stream
from triage.queue.streams import Connections, connect
from triage.sealing import Seal
from triage.taxonomy import load_taxonomy
from worker.classifiers.loading import DEFAULT_MODEL, load_classifier

ROOT = Path(__file__).parents[2]

# Jobs published and outcomes taken together: more than a worker handles in that time.
AT_ONCE = 50
TAKEN_AT_ONCE = 200

TIMEOUT_S = 300.0


class Queue:
    """Both streams of an empty server, as a bot sees them."""

    def __init__(self, url: str) -> None:
        self.url, self.key = url, new_key().decode()
        seal = Seal([self.key.encode()])
        self._connections: Connections = connect(url)
        self._jobs = job_stream(self._connections, seal)
        self._outcomes = outcome_stream(self._connections, seal)

    async def open(self) -> None:
        """Create both groups."""
        await self._jobs.create_group()
        await self._outcomes.create_group()

    async def aclose(self) -> None:
        """Close both clients."""
        await self._connections.aclose()

    async def publish(self, some: Sequence[Job]) -> float:
        """Queue jobs, some at the same time, and return the seconds that it took."""
        began_s = time.perf_counter()
        for first in range(0, len(some), AT_ONCE):
            await asyncio.gather(*map(self._jobs.publish, some[first : first + AT_ONCE]))
        return time.perf_counter() - began_s

    async def answer(self, outcome: Outcome, chart: bytes) -> None:
        """Publish an outcome as a worker does."""
        await self._outcomes.publish(outcome, chart)

    async def take(self, count: int) -> list[tuple[float, Outcome]]:
        """Settle outcomes until there were `count`, and return each after the time it came."""
        found: list[tuple[float, Outcome]] = []
        async with asyncio.timeout(TIMEOUT_S):
            while len(found) < count:
                deliveries = await self._outcomes.read(TAKEN_AT_ONCE)
                came_s = time.perf_counter()
                found += [(came_s, one.message) for one in deliveries]
                await asyncio.gather(*(self._outcomes.settle(one.entry_id) for one in deliveries))
        return found

    async def memory_bytes(self, stream: str) -> int:
        """Return the memory of a stream, without the temporary buffers of clients."""
        return int(await self._connections.commands.memory_usage(stream, samples=0))

    async def aof_bytes(self) -> int:
        """Return the size of the append-only file."""
        return int((await self._connections.commands.info("persistence"))["aof_current_size"])

    async def empty(self) -> None:
        """Delete everything and create the groups again."""
        await self._connections.commands.flushall()
        await self.open()


async def measure_queue(executable: str, *, reviews: int, pictures: int) -> dict[str, Any]:
    """Return the results; `pictures` is how many reviews are answered with charts."""
    with tempfile.TemporaryDirectory() as folder:
        server = RedisServer(executable, Path(folder))
        server.start()
        queue = Queue(server.url)
        try:
            await queue.open()
            return {
                "redis_bytes": await _bytes(queue, min(reviews, MAX_OUTCOMES), pictures),
                "worker_without_charts": await _rate(queue, reviews, chart_processes=0),
                "worker_with_charts": await _rate(queue, pictures, chart_processes=1),
            }
        finally:
            await queue.aclose()
            server.kill()


async def _bytes(queue: Queue, count: int, pictures: int) -> dict[str, Any]:
    """Return the bytes of a waiting job, of a waiting outcome with its chart, and of a chart."""
    some = jobs(count)
    await queue.publish(some)
    a_job = await queue.memory_bytes(JOBS) / count
    await queue.empty()
    answers = await asyncio.to_thread(_answers, some[:pictures])
    for outcome, chart in answers:
        await queue.answer(outcome, chart)
    an_outcome = await queue.memory_bytes(OUTCOMES) / len(answers)
    await queue.empty()
    charts = [len(chart) for _, chart in answers]
    return {
        "memory_a_waiting_job": round(a_job),
        "memory_a_waiting_outcome_with_chart": round(an_outcome),
        "chart_mean": round(sum(charts) / len(charts)),
    }


def _answers(some: Sequence[Job]) -> list[tuple[Outcome, bytes]]:
    taxonomy = load_taxonomy()
    classifier = load_classifier(DEFAULT_MODEL, taxonomy)
    manifest = classifier.manifest
    name = ModelName(name=manifest.name, version=manifest.version)
    made = []
    for job in some:
        row = calibrated(classifier.classify([job.review()])[0].tolist(), manifest.calibration)
        decision = decide(row, taxonomy.ids, manifest.rule)
        outcome = Outcome(review_id=job.review_id, model=name, probabilities=row, decision=decision)
        made.append((outcome, draw_answer(row, decision, taxonomy, manifest.rule, job.language)))
    return made


def _start(queue: Queue, chart_processes: int) -> subprocess.Popen[bytes]:
    """Start a worker as the leader of a process group, which includes its drawing processes."""
    options = [queue.url, queue.key, str(chart_processes)]
    return subprocess.Popen(
        [sys.executable, "-m", "benchmarks.capacity.worker_process", *options],
        cwd=ROOT,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


async def _rate(queue: Queue, count: int, *, chart_processes: int) -> dict[str, Any]:
    """Queue jobs first, then start one worker that answers all of them."""
    aof_before = await queue.aof_bytes()
    publish_s = await queue.publish(jobs(count))
    process = _start(queue, chart_processes)
    try:
        came_s = [at_s for at_s, _ in await queue.take(count)]
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    aof = await queue.aof_bytes() - aof_before
    await queue.empty()
    return {
        "reviews": count,
        "chart_processes": chart_processes,
        "reviews_per_s": round((count - 1) / (came_s[-1] - came_s[0]), 1),
        "aof_bytes_a_review": round(aof / count),
        "published_per_s": round(count / publish_s),
    }
