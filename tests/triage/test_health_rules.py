import pytest

from triage.health_rules import JOB_STUCK_S, bot_health, worker_health
from triage.queue.backlog import StreamBacklog
from triage.queue.limits import LONGEST_BATCH_S, MAX_OUTCOMES

EMPTY = StreamBacklog()
LATE = StreamBacklog(entries=3, oldest_s=JOB_STUCK_S + 1, added_s=1)


def test_an_idle_service_is_healthy() -> None:
    assert worker_health(alive=True, jobs=EMPTY, outcomes=EMPTY).ok
    assert bot_health(polling=True, alive=True, outcomes=EMPTY).ok


def test_a_long_queue_that_is_being_processed_is_healthy() -> None:
    hours = StreamBacklog(entries=9_000, oldest_s=3 * 3600, added_s=1)
    assert worker_health(alive=True, jobs=hours, outcomes=StreamBacklog(added_s=2)).ok


@pytest.mark.parametrize("outcomes", [EMPTY, StreamBacklog(added_s=JOB_STUCK_S + 5)])
def test_a_worker_is_unhealthy_if_jobs_wait_and_none_is_answered(outcomes: StreamBacklog) -> None:
    found = worker_health(alive=True, jobs=LATE, outcomes=outcomes)
    assert not found.ok
    assert "3 jobs wait, the oldest for 901 s" in found.text


def test_jobs_waiting_behind_a_long_batch_are_healthy() -> None:
    behind = StreamBacklog(entries=3, oldest_s=LONGEST_BATCH_S + 60)
    assert worker_health(alive=True, jobs=behind, outcomes=EMPTY).ok


def test_a_worker_waiting_for_the_bot_is_healthy() -> None:
    full = StreamBacklog(entries=MAX_OUTCOMES + 1, oldest_s=900, added_s=900)
    assert worker_health(alive=True, jobs=LATE, outcomes=full).ok


def test_a_worker_without_a_heartbeat_is_unhealthy() -> None:
    found = worker_health(alive=False, jobs=EMPTY, outcomes=EMPTY)
    assert not found.ok
    assert "restart it" in found.text


@pytest.mark.parametrize(
    ("polling", "alive", "outcomes", "words"),
    [
        (True, False, EMPTY, "stopped taking answers"),
        (False, True, EMPTY, "the bot gets no updates from Telegram"),
        (True, True, LATE, "answers do not reach customers"),
    ],
)
def test_a_bot_that_does_not_serve_people_is_unhealthy(
    polling: bool, alive: bool, outcomes: StreamBacklog, words: str
) -> None:
    found = bot_health(polling=polling, alive=alive, outcomes=outcomes)
    assert not found.ok
    assert words in found.text
