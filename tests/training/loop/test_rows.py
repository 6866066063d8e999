"""The order of rows, which seed and epoch alone decide, and what batches are filled up with."""

from itertools import pairwise

import torch

from training.loop.rows import GroupedByLength, mask, padded

LENGTHS = [(7 * n) % 40 + 1 for n in range(200)]


def order(epoch: int, *, seed: int = 3) -> list[int]:
    sampler = GroupedByLength(LENGTHS, 8, seed)
    sampler.set_epoch(epoch)
    return list(sampler)


def test_the_order_of_rows_depends_on_seed_and_epoch_only() -> None:
    first = order(1)
    torch.rand(5)

    assert order(1) == first
    assert order(2) != first
    assert order(1, seed=4) != first
    assert sorted(first) == list(range(len(LENGTHS)))


def test_rows_of_a_batch_have_similar_lengths() -> None:
    def padding(rows: list[int]) -> int:
        lengths = [LENGTHS[row] for row in rows]
        batches = [lengths[start : start + 8] for start in range(0, len(lengths), 8)]
        return sum(max(batch) * len(batch) - sum(batch) for batch in batches)

    assert padding(order(0)) < padding(list(range(len(LENGTHS)))) / 3


def test_batches_are_not_sorted_by_length() -> None:
    rows = order(0)
    longest = [max(LENGTHS[row] for row in rows[at : at + 8]) for at in range(0, 200, 8)]

    rises = sum(after > before for before, after in pairwise(longest))
    assert 6 < rises < 18


def test_the_incomplete_batch_comes_last() -> None:
    sampler = GroupedByLength(LENGTHS[:30], 8, 3)
    rows = list(sampler)

    assert sorted(rows) == list(range(30))
    for start in (0, 8, 16):
        lengths = [LENGTHS[row] for row in rows[start : start + 8]]
        assert lengths == sorted(lengths)


def test_a_batch_is_padded_on_the_right() -> None:
    rows = [[5, 6, 7], [8]]
    assert padded(rows, 1).tolist() == [[5, 6, 7], [8, 1, 1]]
    assert mask(rows).tolist() == [[1, 1, 1], [1, 0, 0]]
