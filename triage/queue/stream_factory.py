"""The two streams between bot and worker, each with its name, its group and its kind of message."""

from triage.queue.limits import BOTS, JOBS, LEASE_S, OUTCOMES, WORKERS
from triage.queue.messages import Codec, Job, Outcome
from triage.queue.streams import Connections, Stream
from triage.sealing import Seal


def job_stream(connections: Connections, seal: Seal, *, lease_s: float = LEASE_S) -> Stream[Job]:
    """Return one consumer of the jobs: the bot publishes them, workers read them."""
    return Stream(connections, Codec(Job, seal), name=JOBS, group=WORKERS, lease_s=lease_s)


def outcome_stream(
    connections: Connections, seal: Seal, *, lease_s: float = LEASE_S
) -> Stream[Outcome]:
    """Return one consumer of the outcomes: workers publish them, the bot reads them."""
    return Stream(connections, Codec(Outcome, seal), name=OUTCOMES, group=BOTS, lease_s=lease_s)
