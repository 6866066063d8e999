"""
What a model is fitted on: the labelled rows, less a fold that is held out, and extra rows.

Any kind of model is fitted on such a set; it says itself what must be said of it in the folder.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from training.dataset.extra_rows import exclude_related, read_extra
from training.dataset.folds_file import Folds, read_folds
from training.dataset.leaks import Seen, TrainedOn, check_folds, check_unseen, trained_on
from training.dataset.review_files import Row, read_rows
from triage.taxonomy import Taxonomy


@dataclass(frozen=True, slots=True)
class TrainingSetSources:
    """
    The files of a training set: labelled rows, their folds, and rows that are only learnt from.

    `held_out` is the number of the fold that the model must not learn from; it needs `folds`.
    """

    data: Path
    folds: Path | None = None
    held_out: int | None = None
    extra: tuple[Path, ...] = ()

    def files(self) -> Mapping[str, Path]:
        """Return all files, by the names that their digests are saved under."""
        found = {"data": self.data} | ({"folds": self.folds} if self.folds else {})
        return found | {f"extra_{number}": path for number, path in enumerate(self.extra)}


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


def read_training_set(sources: TrainingSetSources, taxonomy: Taxonomy) -> TrainingSet:
    """Read the files; BadData, BadFolds, or BadFlag if the folds have no `held_out`."""
    rows = read_rows(sources.data, taxonomy)
    folds = read_folds(sources.folds, rows, sources.data) if sources.folds else None
    extra, made_by = read_extra(sources.extra, taxonomy)
    apart = _held_out(rows, folds, sources.held_out)
    left = {row.index for row in apart}
    kept = (extra[place] for place in exclude_related(extra, apart))
    learnt = (*(row for row in rows if row.index not in left), *kept)
    return TrainingSet(rows, folds, extra, apart, learnt, made_by)


def _held_out(rows: Sequence[Row], folds: Folds | None, fold: int | None) -> tuple[Row, ...]:
    if fold is None:
        return ()
    assert folds is not None, "a fold is held out, but there are no folds"
    return tuple(rows[position] for position in folds.part(fold).test)
