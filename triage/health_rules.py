"""
Rules that decide whether bot and worker are healthy, over plain values.

They check what people would notice, not whether a process exists. A long queue is healthy; a queue
that no worker reads is not.
"""

from triage.checks import CheckResult
from triage.queue.backlog import StreamBacklog
from triage.queue.limits import LONGEST_BATCH_S, MAX_OUTCOMES

# An answer that waits this long is stuck: a restart of either side takes less than a minute.
STUCK_S = 300.0

# A job is stuck after this, if no job is answered: the batch before it may take long.
JOB_STUCK_S = LONGEST_BATCH_S + STUCK_S


def worker_health(*, alive: bool, jobs: StreamBacklog, outcomes: StreamBacklog) -> CheckResult:
    """Return whether the worker is healthy: its loop runs, and waiting jobs are answered."""
    waiting = f"{jobs.entries} jobs wait, the oldest for {jobs.oldest_s:.0f} s"
    if not alive:
        return CheckResult(False, f"the worker has stopped taking jobs; restart it. {waiting}")
    answered_lately = outcomes.added_s is not None and outcomes.added_s < JOB_STUCK_S
    held_up = outcomes.entries > MAX_OUTCOMES
    if jobs.oldest_s > JOB_STUCK_S and not answered_lately and not held_up:
        return CheckResult(False, f"no job is answered; see the worker's log. {waiting}")
    return CheckResult(True, f"healthy. {waiting}")


def bot_health(*, polling: bool, alive: bool, outcomes: StreamBacklog) -> CheckResult:
    """Return whether the bot is healthy: it takes updates and outcomes, and delivers answers."""
    waiting = f"{outcomes.entries} answers wait, the oldest for {outcomes.oldest_s:.0f} s"
    if not alive:
        return CheckResult(False, f"the bot has stopped taking answers; restart it. {waiting}")
    if not polling:
        return CheckResult(False, f"the bot gets no updates from Telegram; see its log. {waiting}")
    if outcomes.oldest_s > STUCK_S:
        return CheckResult(False, f"answers do not reach customers; see the bot's log. {waiting}")
    return CheckResult(True, f"healthy. {waiting}")
