"""What makes a training resumable: the order of rows, whole checkpoints, and the journal."""

import json
from pathlib import Path

import torch

from training.loop import COMPLETE, GroupedByLength, drop_later, last_checkpoint, mask, padded

LENGTHS = [(7 * n) % 40 + 1 for n in range(200)]


def order(epoch: int, *, seed: int = 3) -> list[int]:
    sampler = GroupedByLength(LENGTHS, 8, seed)
    sampler.set_epoch(epoch)
    return list(sampler)


def test_the_order_of_rows_depends_on_seed_and_epoch_alone() -> None:
    first = order(1)
    torch.rand(5)

    assert order(1) == first
    assert order(2) != first
    assert order(1, seed=4) != first
    assert sorted(first) == list(range(len(LENGTHS)))


def test_rows_that_come_together_are_of_about_one_length() -> None:
    def padding(rows: list[int]) -> int:
        lengths = [LENGTHS[row] for row in rows]
        batches = [lengths[start : start + 8] for start in range(0, len(lengths), 8)]
        return sum(max(batch) * len(batch) - sum(batch) for batch in batches)

    assert padding(order(0)) < padding(list(range(len(LENGTHS)))) / 3


def test_a_batch_is_filled_up_on_the_right() -> None:
    rows = [[5, 6, 7], [8]]
    assert padded(rows, 1).tolist() == [[5, 6, 7], [8, 1, 1]]
    assert mask(rows).tolist() == [[1, 1, 1], [1, 0, 0]]


def test_only_a_complete_checkpoint_counts_and_the_rest_goes(tmp_path: Path) -> None:
    assert last_checkpoint(tmp_path) is None
    for step in (5, 10, 100):
        (tmp_path / f"checkpoint-{step}").mkdir()
    for step in (5, 10):
        (tmp_path / f"checkpoint-{step}" / COMPLETE).touch()

    assert last_checkpoint(tmp_path) == tmp_path / "checkpoint-10"
    assert not (tmp_path / "checkpoint-100").exists()


def test_lines_that_will_be_written_again_leave_the_journal(tmp_path: Path) -> None:
    journal = tmp_path / "losses.jsonl"
    drop_later(journal, 5)
    lines = [json.dumps({"step": step, "loss": 1 / step}) + "\n" for step in (1, 5, 10)]
    journal.write_text("".join(lines) + '{"step": 15, "lo')

    drop_later(journal, 5)

    assert journal.read_text() == "".join(lines[:2])
