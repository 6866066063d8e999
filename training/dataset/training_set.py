"""
What a model is fitted on: the labelled rows, less a fold that is held out, and extra rows.

Any kind of model is fitted on such a set; it says itself what must be said of it in the folder.
"""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from training.dataset.extra_rows import read_extra, without
from training.dataset.folds_file import Folds, read_folds
from training.dataset.leaks import Seen, TrainedOn, check_folds, check_unseen, trained_on
from training.dataset.review_files import Row, read_rows
from training.errors import BadFlag
from triage.taxonomy import Taxonomy


@dataclass(frozen=True, slots=True)
class TrainingSet:
    """
    All labelled rows with their folds, extra rows, and the rows that the model is fitted on.

    `held_out` are the labelled rows that it must not learn from. `made_by` is what the makers of
    the extra rows had been trained on.
    """

    rows: tuple[Row, ...]
    folds: Folds | None
    extra: tuple[Row, ...]
    held_out: tuple[Row, ...]
    learnt: tuple[Row, ...]
    made_by: TrainedOn

    @property
    def labelled(self) -> tuple[Row, ...]:
        """Those rows of `learnt` that people labelled; they come first in it."""
        return self.learnt[: len(self.rows) - len(self.held_out)]

    @property
    def trained(self) -> TrainedOn:
        """What a model that is fitted on `learnt` says of itself."""
        return trained_on(row.review.text for row in self.learnt).union(self.made_by)


def check_out_of_fold(material: TrainingSet, folds: Folds, *, allow: bool) -> Seen:
    """
    Return whether answers out of fold are answers to unseen texts; Leak as `check_unseen` says.

    The other folds may hold a row's text, and who made the extra rows may have learnt from it.
    """
    texts = [row.review.text for row in material.rows]
    seen = check_folds(folds.parts(), texts, whose="the model", allow=allow)
    taught = check_unseen(material.made_by, texts, whose="what made --extra", allow=allow)
    return Seen.NO if {seen, taught} == {Seen.NO} else Seen.YES


def gather(flags: argparse.Namespace, taxonomy: Taxonomy) -> TrainingSet:
    """Read what --data, --folds, --held-out and --extra name."""
    rows = read_rows(flags.data, taxonomy)
    folds = read_folds(flags.folds, rows, flags.data) if flags.folds else None
    extra, made_by = read_extra(flags.extra, taxonomy)
    apart = _held_out(rows, folds, flags.held_out)
    left = {row.index for row in apart}
    kept = (extra[place] for place in without(extra, apart))
    learnt = (*(row for row in rows if row.index not in left), *kept)
    return TrainingSet(rows, folds, extra, apart, learnt, made_by)


def files(flags: argparse.Namespace) -> Mapping[str, Path]:
    """Return the files that `gather` reads, by the names that their digests are saved under."""
    found = {"data": flags.data} | ({"folds": flags.folds} if flags.folds else {})
    return found | {f"extra_{number}": path for number, path in enumerate(flags.extra)}


def _held_out(rows: Sequence[Row], folds: Folds | None, fold: int | None) -> tuple[Row, ...]:
    if fold is None:
        return ()
    if folds is None:
        raise BadFlag("--held-out: needs --folds, whose fold it names")
    return tuple(rows[position] for position in folds.part(fold).test)


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags that `gather` reads, but --data."""
    parser.add_argument(
        "--folds",
        type=Path,
        metavar="FILE",
        help="file that the command folds made: also measure out of fold, and keep oof.npz",
    )
    parser.add_argument(
        "--held-out",
        type=int,
        metavar="FOLD",
        help="fit without this fold of --folds, and do not cross-validate",
    )
    parser.add_argument(
        "--extra",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="CSV of rows to learn from that are never measured; may be given several times",
    )
