"""
A worker process whose model takes a given time: for benchmarks.capacity.sharing.

python -m benchmarks.capacity.sharing_worker REDIS_URL KEY NAME SECONDS_A_BATCH LOOK_AHEAD LEASE_S
"""

import asyncio
import sys
import time
from collections.abc import Sequence

import numpy as np

from triage.cascade import Ladder
from triage.manifest import Manifest
from triage.queue.stream_factory import job_stream, outcome_stream
from triage.queue.streams import connect
from triage.review import ReviewInput
from triage.sealing import Seal
from triage.taxonomy import load_taxonomy
from worker.classifiers.protocol import Probabilities
from worker.loop import Worker
from worker.shutdown import run_until_cancelled

# Reviews of one length: a batch is eight of them.
TOKENS = 10
MAX_BATCH_TOKENS = 8 * TOKENS


class CostlyModel:
    """Always answers the first class; its version is the name of the worker."""

    look_ahead = 64

    def __init__(self, name: str, seconds_a_batch: float) -> None:
        taxonomy = load_taxonomy()
        self.manifest = Manifest(
            name="costly",
            version=name,
            kind="costly",
            prompt="none",
            taxonomy=taxonomy.digest,
            labels=taxonomy.ids,
            max_tokens=TOKENS,
            rule=Ladder(fallback="most_probable"),
            sha256={},
        )
        self._seconds_a_batch = seconds_a_batch

    def classify(self, reviews: Sequence[ReviewInput]) -> Probabilities:
        """Return 0.9 for the first class after the time of a batch."""
        time.sleep(self._seconds_a_batch)
        rows = np.zeros((len(reviews), len(self.manifest.labels)), np.float32)
        rows[:, 0] = 0.9
        return rows

    def cost(self, review: ReviewInput) -> int:
        """Return the same for every review."""
        return TOKENS


async def draw(*_: object) -> bytes:
    """Draw nothing: charts are not measured."""
    return b""


async def main(url: str, key: str, name: str, seconds: str, look_ahead: str, lease: str) -> None:
    """Work until killed or cancelled."""
    seal, connections, lease_s = Seal([key.encode()]), connect(url), float(lease)
    jobs = job_stream(connections, seal, lease_s=lease_s)
    outcomes = outcome_stream(connections, seal, lease_s=lease_s)
    worker = Worker(
        jobs,
        outcomes,
        CostlyModel(name, float(seconds)),
        draw,
        look_ahead=int(look_ahead),
        max_batch_tokens=MAX_BATCH_TOKENS,
        lease_s=lease_s,
    )
    await run_until_cancelled(worker)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
