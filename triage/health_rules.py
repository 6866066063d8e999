"""
Whether a running part does its work: the rules, over plain values.

Looks at what people would notice, not at whether a process exists. A long queue is no illness;
a queue that nobody takes from is.
"""

from triage.checks import CheckResult
from triage.queue.backlog import StreamBacklog
from triage.queue.limits import LONGEST_BATCH_S, MAX_OUTCOMES

# An answer that waits this long is stuck: a restart of either side takes less than a minute.
STUCK_S = 300.0

# So is a job while none is answered: the batch before it may take its time.
JOB_STUCK_S = LONGEST_BATCH_S + STUCK_S


def worker_health(*, alive: bool, jobs: StreamBacklog, outcomes: StreamBacklog) -> CheckResult:
    """Return how the worker is: its rounds go on, and jobs that wait are being answered."""
    waiting = f"{jobs.entries} jobs wait, the oldest for {jobs.oldest_s:.0f} s"
    if not alive:
        return CheckResult(False, f"the worker has stopped taking jobs; restart it. {waiting}")
    answered_lately = outcomes.added_s is not None and outcomes.added_s < JOB_STUCK_S
    held_up = outcomes.entries > MAX_OUTCOMES
    if jobs.oldest_s > JOB_STUCK_S and not answered_lately and not held_up:
        return CheckResult(False, f"no job is answered; see the worker's log. {waiting}")
    return CheckResult(True, f"well. {waiting}")


def bot_health(*, polling: bool, alive: bool, outcomes: StreamBacklog) -> CheckResult:
    """Return how the bot is: it takes updates and outcomes, and answers do not lie about."""
    waiting = f"{outcomes.entries} answers wait, the oldest for {outcomes.oldest_s:.0f} s"
    if not alive:
        return CheckResult(False, f"the bot has stopped taking answers; restart it. {waiting}")
    if not polling:
        return CheckResult(False, f"Telegram gives the bot no updates; see its log. {waiting}")
    if outcomes.oldest_s > STUCK_S:
        return CheckResult(False, f"answers do not reach people; see the bot's log. {waiting}")
    return CheckResult(True, f"well. {waiting}")
