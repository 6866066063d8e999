"""
The rows that a network learns from: as token ids, filled up in batches, in an order that resumes.

Knows neither what they are texts of nor what is learnt from them.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch
from torch.utils.data import Dataset, Sampler

# Batches whose rows are sorted together: enough to find neighbours of equal length, few enough for
# other neighbours in each epoch.
GROUPED = 25


class Rows(Dataset[dict[str, Any]]):
    """Token ids of texts, with what else belongs to each of them."""

    def __init__(self, ids: Sequence[Sequence[int]], **more: Sequence[Any]) -> None:
        self.ids = ids
        self.more = more

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, position: int) -> dict[str, Any]:
        more = {name: values[position] for name, values in self.more.items()}
        return {"input_ids": self.ids[position], **more}


def padded(rows: Sequence[Sequence[int]], fill: int) -> torch.Tensor:
    """Return rows x positions, filled up on the right."""
    return torch.nn.utils.rnn.pad_sequence(
        [torch.tensor(row, dtype=torch.long) for row in rows],
        batch_first=True,
        padding_value=fill,
    )


def mask(rows: Sequence[Sequence[int]]) -> torch.Tensor:
    """Return rows x positions: 1 where `padded` has a token of the row's own."""
    ends = torch.tensor([len(row) for row in rows])
    return (torch.arange(int(ends.max())) < ends[:, None]).long()


def inputs(rows: Sequence[Mapping[str, Any]], pad_id: int) -> dict[str, torch.Tensor]:
    """Return ids and mask, rows x positions, of rows that have "input_ids"."""
    ids = [row["input_ids"] for row in rows]
    return {"input_ids": padded(ids, pad_id), "attention_mask": mask(ids)}


class GroupedByLength(Sampler[int]):
    """
    Batches of rows of about one length, in an order that `seed` and the epoch alone decide.

    The library's own sampler draws from the generator that dropout draws from too, so that a run
    resumed in its second epoch would go on with other rows; and it goes from long rows to short
    ones several times an epoch, which a small model follows instead of learning.
    """

    def __init__(self, lengths: Sequence[int], batch: int, seed: int) -> None:
        self._lengths = list(lengths)
        self._batch = batch
        self._seed = seed
        self._epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Take the order of this epoch from now on."""
        self._epoch = epoch

    def __len__(self) -> int:
        return len(self._lengths)

    def __iter__(self) -> Iterator[int]:
        generator = torch.Generator().manual_seed(self._seed + self._epoch)
        rows = torch.randperm(len(self), generator=generator).tolist()
        size = self._batch * GROUPED
        groups = [rows[start : start + size] for start in range(0, len(rows), size)]
        alike = [row for group in groups for row in sorted(group, key=self._lengths.__getitem__)]
        cut = range(0, len(alike), self._batch)
        batches = [alike[start : start + self._batch] for start in cut]
        # The one that is not full must come last, or all after it would be cut elsewhere.
        full = len(alike) // self._batch
        order = torch.randperm(full, generator=generator).tolist()
        mixed = [*(batches[place] for place in order), *batches[full:]]
        return iter([row for batch in mixed for row in batch])
