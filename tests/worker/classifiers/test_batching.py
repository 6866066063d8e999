import csv
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.gpu.streaming import padding_waste, streamed
from worker.classifiers.batching import Batch, WaitingReview, form_batches

REVIEWS = Path(__file__).parents[4] / "shared" / "data" / "test.csv"


def window(*tokens: int, again: tuple[int, ...] = ()) -> list[WaitingReview[int]]:
    """Return jobs numbered in order of arrival; those in `again` were handed out before."""
    return [
        WaitingReview(place, cost, 2 if place in again else 1, arrived_s=float(place))
        for place, cost in enumerate(tokens)
    ]


def jobs(batches: list[Batch[int]]) -> list[list[int]]:
    return [[item.job for item in batch.items] for batch in batches]


def test_an_empty_window_gives_no_batches() -> None:
    assert form_batches([], max_tokens=10) == []


def test_jobs_of_similar_length_are_batched_together() -> None:
    batches = form_batches(window(10, 90, 11, 91, 12), max_tokens=182)
    assert jobs(batches) == [[0, 2, 4], [1, 3]]


def test_the_cost_of_a_batch_is_its_rows_times_its_longest_row() -> None:
    (batch,) = form_batches(window(10, 30), max_tokens=60)
    assert batch.padded_tokens == 60
    assert len(form_batches(window(10, 30), max_tokens=59)) == 2


def test_a_job_above_the_budget_runs_alone() -> None:
    assert jobs(form_batches(window(500, 10, 10), max_tokens=100)) == [[0], [1, 2]]


def test_a_redelivered_job_runs_alone() -> None:
    assert jobs(form_batches(window(10, 10, 10, again=(1,)), max_tokens=100)) == [[0, 2], [1]]


def test_the_batch_with_the_oldest_job_goes_first() -> None:
    assert jobs(form_batches(window(90, 1, 1, 1), max_tokens=100)) == [[0], [1, 2, 3]]


@given(
    st.lists(st.tuples(st.integers(1, 600), st.integers(1, 3)), max_size=80),
    st.integers(1, 1000),
)
def test_every_job_is_in_one_batch_within_the_budget(
    waiting: list[tuple[int, int]], max_tokens: int
) -> None:
    given_window = [
        WaitingReview(place, tokens, times, float(place))
        for place, (tokens, times) in enumerate(waiting)
    ]
    batches = form_batches(given_window, max_tokens=max_tokens)

    assert sorted(place for batch in jobs(batches) for place in batch) == list(range(len(waiting)))
    assert [min(batch) for batch in jobs(batches)] == sorted(min(b) for b in jobs(batches))
    for batch in batches:
        if len(batch.items) > 1:
            assert batch.padded_tokens <= max_tokens
            assert all(item.times == 1 for item in batch.items)


@given(st.lists(st.integers(1, 100), max_size=60), st.integers(100, 1000))
def test_no_two_batches_could_be_merged(tokens: list[int], max_tokens: int) -> None:
    batches = form_batches(window(*tokens), max_tokens=max_tokens)
    for one, other in combinations(batches, 2):
        assert Batch(one.items + other.items).padded_tokens > max_tokens


def real_tokens() -> list[int]:
    if not REVIEWS.exists():
        pytest.skip(f"NO REVIEWS: {REVIEWS} is not there; padding waste is not measured")
    with REVIEWS.open(encoding="utf-8", newline="") as file:
        return [round(len(row["text"]) / 3.2 + 25) for row in csv.DictReader(file)]


@pytest.mark.shared
def test_at_most_six_percent_padding_for_real_reviews() -> None:
    tokens = real_tokens()
    batches = [
        batch
        for start in range(0, len(tokens), 1024)
        for batch in form_batches(window(*tokens[start : start + 1024]), max_tokens=4096)
    ]
    padded = sum(batch.padded_tokens for batch in batches)
    assert 1 - sum(tokens) / padded <= 0.06


@pytest.mark.shared
def test_at_most_six_percent_padding_with_a_refilled_window() -> None:
    batches = list(streamed(real_tokens(), window=1024, max_tokens=4096))
    assert padding_waste(batches) <= 0.06
