"""
A worker in a process of its own, for tests that kill it.

python -m tests.worker.killable REDIS_URL KEY SECONDS_A_BATCH STOP_S
"""

import asyncio
import logging
import sys
from contextlib import suppress

from tests.worker.samples import RuleModel, draw
from triage.queue.stream_factory import job_stream, outcome_stream
from triage.queue.streams import connect
from triage.sealing import Seal
from worker.loop import Worker
from worker.shutdown import run_until_cancelled, run_until_signalled

LEASE_S = 0.5


async def main(url: str, key: str, seconds: float, stop_s: float) -> None:
    """Work until killed, or until told to stop."""
    seal, connections = Seal([key.encode()]), connect(url)
    await run_until_cancelled(
        Worker(
            job_stream(connections, seal, lease_s=LEASE_S),
            outcome_stream(connections, seal, lease_s=LEASE_S),
            RuleModel(seconds),
            draw,
            look_ahead=32,
            max_batch_tokens=200,
            lease_s=LEASE_S,
        ),
        stop_s,
    )


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    url, key, seconds_a_batch, stop_s = sys.argv[1:]
    with suppress(asyncio.CancelledError):
        asyncio.run(run_until_signalled(main(url, key, float(seconds_a_batch), float(stop_s))))
