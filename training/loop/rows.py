"""
Training rows of a network: token ids, padded batches, and a reproducible order of rows.

Independent of the texts and of the loss.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch
from torch.utils.data import Dataset, Sampler

# Batches whose rows are sorted by length together: enough for batches of similar length, few enough
# that the batches differ between epochs.
GROUPED = 25


class Rows(Dataset[dict[str, Any]]):
    """Token ids of texts, with further values for each text by name."""

    def __init__(self, ids: Sequence[Sequence[int]], **more: Sequence[Any]) -> None:
        self.ids = ids
        self.more = more

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, position: int) -> dict[str, Any]:
        more = {name: values[position] for name, values in self.more.items()}
        return {"input_ids": self.ids[position], **more}


def padded(rows: Sequence[Sequence[int]], fill: int) -> torch.Tensor:
    """Return rows x positions, padded on the right."""
    return torch.nn.utils.rnn.pad_sequence(
        [torch.tensor(row, dtype=torch.long) for row in rows],
        batch_first=True,
        padding_value=fill,
    )


def mask(rows: Sequence[Sequence[int]]) -> torch.Tensor:
    """Return the attention mask, rows x positions: 1 for a token, 0 for padding."""
    ends = torch.tensor([len(row) for row in rows])
    return (torch.arange(int(ends.max())) < ends[:, None]).long()


def inputs(rows: Sequence[Mapping[str, Any]], pad_id: int) -> dict[str, torch.Tensor]:
    """Return ids and attention mask, rows x positions, of rows with "input_ids"."""
    ids = [row["input_ids"] for row in rows]
    return {"input_ids": padded(ids, pad_id), "attention_mask": mask(ids)}


class GroupedByLength(Sampler[int]):
    """
    Batches of rows of similar length, in an order that depends only on `seed` and the epoch.

    The library's own sampler shares its random generator with dropout, so a run resumed in its
    second epoch would continue with other rows. It also orders rows from long to short several
    times an epoch, which hurts the training of small models.
    """

    def __init__(self, lengths: Sequence[int], batch: int, seed: int) -> None:
        self._lengths = list(lengths)
        self._batch = batch
        self._seed = seed
        self._epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Use the order of this epoch."""
        self._epoch = epoch

    def __len__(self) -> int:
        return len(self._lengths)

    def __iter__(self) -> Iterator[int]:
        generator = torch.Generator().manual_seed(self._seed + self._epoch)
        rows = torch.randperm(len(self), generator=generator).tolist()
        size = self._batch * GROUPED
        groups = [rows[start : start + size] for start in range(0, len(rows), size)]
        by_length = [
            row for group in groups for row in sorted(group, key=self._lengths.__getitem__)
        ]
        cut = range(0, len(by_length), self._batch)
        batches = [by_length[start : start + self._batch] for start in cut]
        # The partial batch must come last, or the batches after it would be cut at other rows.
        full = len(by_length) // self._batch
        order = torch.randperm(full, generator=generator).tolist()
        mixed = [*(batches[place] for place in order), *batches[full:]]
        return iter([row for batch in mixed for row in batch])
