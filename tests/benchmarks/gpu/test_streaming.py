import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.gpu.streaming import padding_waste, streamed


def test_the_window_is_refilled_after_each_batch() -> None:
    batches = list(streamed([10, 50, 10, 50, 10], window=3, max_tokens=20))
    assert [[item.job for item in batch.items] for batch in batches] == [[0, 2], [1], [3], [4]]


def test_padding_waste_is_the_share_of_padding_tokens() -> None:
    batches = streamed([10, 30], window=2, max_tokens=60)
    assert padding_waste(batches) == pytest.approx(1 - 40 / 60)


@given(st.lists(st.integers(1, 100), max_size=60), st.integers(1, 20), st.integers(1, 400))
def test_every_review_runs_once_and_each_batch_contains_the_oldest(
    tokens: list[int], window: int, max_tokens: int
) -> None:
    batches = list(streamed(tokens, window=window, max_tokens=max_tokens))
    left = list(range(len(tokens)))
    for batch in batches:
        jobs = {item.job for item in batch.items}
        assert left[0] in jobs
        assert jobs <= set(left[:window])
        left = [place for place in left if place not in jobs]
    assert not left
