"""The figures of docs/scaling.md can be made anew: every part is measured, and plausibly."""

from statistics import mean

import pytest

from benchmarks.capacity.one_review import measure
from benchmarks.reviews.invented import jobs

pytestmark = pytest.mark.redis


def test_synthetic_reviews_have_realistic_lengths() -> None:
    lengths = [len(job.text) for job in jobs(2000)]

    assert 70 < mean(lengths) < 110
    assert max(lengths) <= 298


def test_the_capacity_benchmark_measures_every_part(redis_executable: str) -> None:
    figures = measure(redis_executable, reviews=120, pictures=20)
    redis, archive = figures["queue"]["redis_bytes"], figures["archive"]
    plain, drawn = (figures["queue"][f"worker_{how}_charts"] for how in ("without", "with"))

    assert 300 < redis["memory_a_waiting_job"] < 3000
    assert redis["memory_a_waiting_outcome_with_chart"] > redis["chart_mean"] > 5000
    assert drawn["aof_bytes_a_review"] > redis["chart_mean"] > plain["aof_bytes_a_review"]
    assert plain["reviews_per_s"] > drawn["reviews_per_s"] > 0
    assert figures["model"]["reviews_per_s"] > 0
    assert archive["file_bytes_per_1000"] > 0
    assert archive["accepted_per_s"] > 0
