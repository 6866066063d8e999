"""
Splits rows into folds, so that every row is scored by a model that was not trained on it.

Each class is spread evenly over the folds. With groups, texts that differ only in case,
punctuation and spacing stay in one fold, and the metrics hold for unseen texts. Without groups they
hold for traffic with repeated texts. Pure: the seed decides everything.
"""

import re
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from iterstrat.ml_stratifiers import MultilabelStratifiedKFold
from numpy.typing import NDArray

from training.dataset.review_files import Labels
from training.errors import BadFlag

Positions = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Fold:
    """Positions of the rows to train on and of those to measure; together all rows."""

    train: Positions
    test: Positions


def text_key(text: str) -> str:
    """Return the normalised text; two texts are identical if their keys are equal."""
    return " ".join(re.findall(r"\w+", text.lower().replace("ё", "е"))) or text


def split(labels: Labels, keys: Sequence[Hashable], *, folds: int, seed: int) -> Iterator[Fold]:
    """
    Yield `folds` folds; rows with equal keys are in the same fold.

    A group is stratified by the classes of its first row. Unique keys mean no groups.
    Raises BadFlag if there are fewer groups than folds.
    """
    groups: dict[Hashable, list[int]] = {}
    for position, key in enumerate(keys):
        groups.setdefault(key, []).append(position)
    members = list(groups.values())
    if not 2 <= folds <= len(members):
        raise BadFlag(
            f"{folds} parts of {len(members)} different texts: must be 2 or more, and no more than "
            "there are texts"
        )
    first = labels[[positions[0] for positions in members]]
    splitter = MultilabelStratifiedKFold(folds, shuffle=True, random_state=seed)
    # The splitter takes no single column, so "no class" is a column too where there is one class.
    columns = first if first.shape[1] > 1 else np.hstack([first, 1 - first])
    for train, test in splitter.split(columns, columns):
        yield Fold(_positions(members, train), _positions(members, test))


def _positions(members: Sequence[Sequence[int]], groups: Positions) -> Positions:
    return np.sort([position for group in groups for position in members[group]])
