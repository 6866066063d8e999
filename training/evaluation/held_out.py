"""
Probabilities of labelled reviews for metrics, checked for data leakage.

They come from a model that scores the reviews now through the code that serves, or from the
out-of-fold file of its folder. `check_unseen` or `check_folds` has checked both.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from training.dataset.folds import Fold, Positions
from training.dataset.folds_file import FoldOf, read_folds
from training.dataset.leaks import TRAINED_ON, Seen, check_folds, check_unseen, read_trained_on
from training.dataset.review_files import Labels, Row, label_matrix, read_rows
from training.errors import BadData, Leak
from training.model_folder.revision import is_revised
from training.prediction.probability_file import OOF, Scored, read_scored_rows
from training.prediction.scoring import score_rows
from triage.manifest import Manifest, check_taxonomy, read_manifest
from triage.taxonomy import Taxonomy
from worker.classifiers.loading import load_classifier
from worker.classifiers.protocol import Classifier, Probabilities


@dataclass(frozen=True, slots=True)
class EvaluationData:
    """
    Which labelled rows a model is measured on, and where its probabilities come from.

    With `out_of_fold` they are read from the model's folder, else the model scores the rows.
    `folds` and `fold`, both or neither, restrict the rows to one fold. `allow_seen` allows metrics
    on texts that the model was trained on. `separator` is that of `data`, None to detect it.
    """

    data: Path
    out_of_fold: bool = False
    folds: Path | None = None
    fold: int | None = None
    allow_seen: bool = False
    separator: str | None = None


@dataclass(frozen=True, slots=True)
class HeldOut:
    """
    Reviews with their labels and `raw`, a model's probabilities before calibration.

    `fold` is the fold of each row if `raw` is out of fold, else None.
    """

    manifest: Manifest
    rows: tuple[Row, ...]
    labels: Labels
    raw: Probabilities
    seen: Seen
    fold: FoldOf | None = None

    @property
    def name(self) -> str:
        """The model's name and version."""
        return f"{self.manifest.name} {self.manifest.version}"

    @property
    def parts(self) -> list[Fold]:
        """The folds of out-of-fold probabilities."""
        assert self.fold is not None, "asked for without out-of-fold probabilities"
        return parts(self.fold)

    def select(self, chosen: Positions) -> "HeldOut":
        """Return the rows at these positions."""
        return replace(
            self,
            rows=tuple(self.rows[place] for place in chosen),
            labels=self.labels[chosen],
            raw=self.raw[chosen],
            fold=None if self.fold is None else self.fold[chosen],
        )


def load_held_out(model: Path, source: EvaluationData, taxonomy: Taxonomy) -> HeldOut:
    """Return the labelled rows of `source` with the probabilities of the model in a folder."""
    classifier = None if source.out_of_fold else load_classifier(model, taxonomy)
    rows = read_rows(source.data, taxonomy, source.separator)
    chosen = _chosen(source, rows)
    if classifier is None:
        return _stored(model, source, rows, taxonomy).select(chosen)
    measured = [rows[place] for place in chosen]
    return score_held_out(model, classifier, measured, taxonomy, allow=source.allow_seen)


def _stored(
    model: Path, source: EvaluationData, rows: Sequence[Row], taxonomy: Taxonomy
) -> HeldOut:
    """Return the stored probabilities; Leak if rule or calibration were fitted on them."""
    stored = out_of_fold(model, source.data, rows, taxonomy, allow=source.allow_seen)
    if not is_revised(stored.manifest):
        return stored
    if not source.allow_seen:
        raise Leak(
            f"model {stored.name}: its rule or calibration was fitted on its out-of-fold answers, "
            "so no metric is reported on them; the first in its manifest is nested"
        )
    return replace(stored, seen=Seen.YES)


def score_held_out(
    model: Path, classifier: Classifier, rows: Sequence[Row], taxonomy: Taxonomy, *, allow: bool
) -> HeldOut:
    """Score `rows` by a model; Leak if it was trained on them, unless `allow`."""
    manifest = classifier.manifest
    texts = [row.review.text for row in rows]
    whose = f"model {manifest.name} {manifest.version}"
    seen = check_unseen(read_trained_on(model / TRAINED_ON), texts, whose=whose, allow=allow)
    raw = score_rows(classifier, rows)
    return HeldOut(manifest, tuple(rows), label_matrix(rows, taxonomy), raw, seen)


def out_of_fold(
    model: Path, data: Path, rows: Sequence[Row], taxonomy: Taxonomy, *, allow: bool
) -> HeldOut:
    """
    Return the stored out-of-fold probabilities of `rows`, read from `data`.

    Raises ManifestMismatch if the model was made for another taxonomy, Leak or BadData.
    """
    manifest = read_manifest(model)
    check_taxonomy(manifest, taxonomy)
    path = model / OOF
    if not path.exists():
        raise BadData(f"{path}: is missing; fit the model with --folds to have it")
    scored = read_scored_rows(path, taxonomy.ids, data, [row.index for row in rows])
    if scored.fold is None:
        raise BadData(f"{path}: has no folds, so they are not out-of-fold probabilities")
    texts = [row.review.text for row in rows]
    whose = f"model {manifest.name} {manifest.version}"
    seen = check_stored(scored, texts, whose=whose, allow=allow)
    labels = label_matrix(rows, taxonomy)
    return HeldOut(manifest, tuple(rows), labels, scored.probabilities, seen, scored.fold)


def check_stored(scored: Scored, texts: Sequence[str], *, whose: str, allow: bool) -> Seen:
    """Return whether the `texts` of out-of-fold probabilities are unseen, as `check_folds`."""
    assert scored.fold is not None, "out of fold without folds"
    if scored.seen is Seen.NO:
        return check_folds(parts(scored.fold), texts, whose=whose, allow=allow)
    if not allow:
        raise Leak(
            f"{whose} was fitted with --seen on texts that it is measured on, so no metric is "
            "reported; --seen reports it with a warning"
        )
    return scored.seen


def parts(fold_of: FoldOf) -> list[Fold]:
    """Return each fold as positions that were trained on and that were measured."""
    return [
        Fold(np.flatnonzero(fold_of != fold), np.flatnonzero(fold_of == fold))
        for fold in np.unique(fold_of)
    ]


def _chosen(source: EvaluationData, rows: Sequence[Row]) -> Positions:
    """Return the positions of the rows to measure."""
    if source.folds is None:
        return np.arange(len(rows))
    assert source.fold is not None, "a file of folds without the number of one"
    return read_folds(source.folds, rows, source.data).part(source.fold).test
