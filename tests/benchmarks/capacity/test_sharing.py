"""Two workers share a queue, and the share of one that is killed moves to the other."""

import pytest

from benchmarks.capacity.sharing import SharingPlan, measure

pytestmark = pytest.mark.redis

JOBS = 600


async def test_two_workers_each_get_a_fair_share_of_the_jobs(redis_url: str) -> None:
    report = await measure(SharingPlan(redis_url, jobs=JOBS, look_ahead=16))
    answers = [worker["answers"] for worker in report["workers"].values()]

    assert sum(answers) == JOBS
    assert min(answers) >= JOBS / 4
    assert (report["answered_twice"], report["left"]) == (0, 0)


async def test_the_other_worker_takes_over_the_jobs_of_a_killed_one(redis_url: str) -> None:
    report = await measure(SharingPlan(redis_url, jobs=JOBS, look_ahead=16, lease_s=0.5, kill=True))
    killed, other = report["workers"]["w0"], report["workers"]["w1"]

    assert killed["answers"] < other["answers"]
    assert killed["answers"] + other["answers"] >= JOBS
    assert report["left"] == 0
    assert report["end_after_kill_s"] < 30
