"""
The training set of a model: the labelled rows without the held-out fold, and extra rows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from training.dataset.extra_rows import exclude_related, read_extra, read_made_by
from training.dataset.folds_file import Folds, read_folds
from training.dataset.leaks import Seen, TrainedOn, check_folds, check_unseen, trained_on_rows
from training.dataset.review_files import Row, read_rows
from training.dataset.taxonomy_examples import example_rows
from triage.taxonomy import DEFAULT_TAXONOMY, Taxonomy


@dataclass(frozen=True, slots=True)
class TrainingSetSources:
    """
    The files of a training set: labelled rows, their folds, and rows that are never measured.

    `held_out` is the number of the fold that the model is not trained on; it needs `folds`.
    `separator` is that of `data`, None to detect it. `taxonomy` has the classes, with examples.
    """

    data: Path
    folds: Path | None = None
    held_out: int | None = None
    extra: tuple[Path, ...] = ()
    separator: str | None = None
    taxonomy: Path = DEFAULT_TAXONOMY

    def files(self) -> Mapping[str, Path]:
        """Return all files, by the names that their digests are saved under."""
        found = {"taxonomy": self.taxonomy, "data": self.data}
        found |= {"folds": self.folds} if self.folds else {}
        return found | {f"extra_{number}": path for number, path in enumerate(self.extra)}


@dataclass(frozen=True, slots=True)
class TrainingSet:
    """
    All labelled rows with their folds, extra rows, and the rows that the model is fitted on.

    `held_out` are the labelled rows that it is not trained on. `made_by` are the texts that the
    models behind the rows were trained on, if models labelled some.
    """

    rows: tuple[Row, ...]
    folds: Folds | None
    extra: tuple[Row, ...]
    held_out: tuple[Row, ...]
    learnt: tuple[Row, ...]
    made_by: TrainedOn

    @property
    def labelled(self) -> tuple[Row, ...]:
        """The rows of `learnt` that people labelled; they come first."""
        return self.learnt[: len(self.rows) - len(self.held_out)]

    @property
    def trained(self) -> TrainedOn:
        """The texts that a model fitted on `learnt` was trained on, its teachers included."""
        return trained_on_rows(self.learnt).union(self.made_by)


def check_out_of_fold(material: TrainingSet, folds: Folds, *, allow: bool) -> Seen:
    """
    Return whether out-of-fold scores are on unseen texts; Leak as in `check_unseen`.

    The other folds may contain a row's text, and a model that labelled rows may have been trained
    on it.
    """
    texts = [row.review.text for row in material.rows]
    seen = check_folds(folds.parts(), texts, whose="the model", allow=allow)
    whose = "the model that labelled rows of --data or --extra"
    taught = check_unseen(material.made_by, texts, whose=whose, allow=allow)
    return Seen.NO if {seen, taught} == {Seen.NO} else Seen.YES


def read_training_set(sources: TrainingSetSources, taxonomy: Taxonomy) -> TrainingSet:
    """
    Read the files; BadData, BadFolds, or BadFlag if the folds have no `held_out`.

    The examples of the taxonomy are among the extra rows.
    """
    rows = read_rows(sources.data, taxonomy, sources.separator)
    folds = read_folds(sources.folds, rows, sources.data) if sources.folds else None
    made_by = read_made_by((sources.data, *sources.extra))
    extra = (*read_extra(sources.extra, taxonomy), *example_rows(taxonomy, rows))
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
