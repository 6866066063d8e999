"""A model made of rules, jobs for it, and what comes out of a worker."""

import asyncio
import os
import signal
import threading
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import numpy as np

from triage.cascade import Decision, Ladder
from triage.manifest import Manifest
from triage.queue.deliveries import Delivery
from triage.queue.messages import Outcome
from triage.queue.streams import Stream
from triage.review import Language, ReviewInput
from triage.taxonomy import load_taxonomy
from worker.classifiers.errors import GpuFailed
from worker.classifiers.protocol import Probabilities
from worker.loop import Worker

TAXONOMY = load_taxonomy()
RULE = Ladder(fallback="most_probable")
PNG = b"\x89PNG of a chart"

# What the texts of reviews tell the model to do.
KILL, RAISE, NAN, LARGE, BREAK = "kill", "raise", "nan", "large", "break the GPU"

# What kills the worker that counts what the review costs, before it is read.
HEAVY = "heavy"


class RuleModel:
    """Gives the first class 0.9 and does what the texts say; it remembers its batches."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.manifest = Manifest(
            name="rules",
            version="1",
            kind="rules",
            prompt="none",
            taxonomy=TAXONOMY.digest,
            labels=TAXONOMY.ids,
            max_tokens=256,
            rule=RULE,
            sha256={},
        )
        self.batches: list[list[str]] = []
        self.may_answer = threading.Event()
        self.may_answer.set()
        self._seconds = seconds

    look_ahead = 64

    def classify(self, reviews: Sequence[ReviewInput]) -> Probabilities:
        texts = [review.text for review in reviews]
        self.batches.append(texts)
        self.may_answer.wait()
        time.sleep(self._seconds)
        if any(KILL in text for text in texts):
            os.kill(os.getpid(), signal.SIGKILL)
        if any(BREAK in text for text in texts):
            raise GpuFailed("the GPU failed")
        if any(RAISE in text for text in texts):
            raise ValueError(f"a secret is in {texts}")
        rows = np.zeros((len(texts), len(TAXONOMY.ids)), np.float32)
        rows[:, 0] = 0.9
        rows[[NAN in text for text in texts], 3] = np.nan
        rows[[LARGE in text for text in texts], 3] = 1.5
        return rows

    def cost(self, review: ReviewInput) -> int:
        if HEAVY in review.text:
            os.kill(os.getpid(), signal.SIGKILL)
        return len(review.text)


async def draw(
    probabilities: Sequence[float], decision: Decision, rule: Ladder, language: Language
) -> bytes:
    """Draw nothing, at once."""
    return PNG


class TurnedClock:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@asynccontextmanager
async def working(*workers: Worker) -> AsyncIterator[None]:
    """Let workers work meanwhile; a crash of one is raised."""
    async with asyncio.TaskGroup() as tasks:
        running = [tasks.create_task(worker.run()) for worker in workers]
        yield
        for task in running:
            task.cancel()


async def eventually(condition: Callable[[], bool], within_s: float = 10) -> None:
    """Return when `condition` holds."""
    for _ in range(round(within_s / 0.01)):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError(f"not within {within_s} s")


async def collect(
    outcomes: Stream[Outcome], count: int, within_s: float = 20
) -> list[Delivery[Outcome]]:
    """Return `count` outcomes, settled, as a bot would take them."""
    found: list[Delivery[Outcome]] = []
    async with asyncio.timeout(within_s):
        while len(found) < count:
            new = await outcomes.read(20, block_ms=100)
            await asyncio.gather(*(outcomes.settle(delivery.entry_id) for delivery in new))
            found += new
    return found
