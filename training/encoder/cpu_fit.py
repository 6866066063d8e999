"""
Fits a whole CPU model, with the makeup that suits the rows, and answers out of fold.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from training.dataset.extra_rows import exclude_related
from training.dataset.folds import Fold
from training.dataset.review_files import Row, Unlabelled
from training.dataset.taught_reviews import TaughtReviews
from training.encoder.cpu_model import CpuParts, CpuRecipe, fit_as
from training.encoder.makeup import AUTO, MAKEUPS, Makeup, choose
from training.encoder.self_training import self_trained
from triage.taxonomy import Taxonomy
from worker.classifiers.protocol import Probabilities


@dataclass(frozen=True, slots=True)
class CpuTrainingRows:
    """
    Labelled rows, extra rows, and reviews without labels.

    Extra rows are never measured, and the makeup is not chosen on them.
    """

    labelled: Sequence[Row]
    extra: Sequence[Row] = ()
    unlabelled: Sequence[Unlabelled] = ()

    @property
    def learnt(self) -> list[Row]:
        """All rows with labels."""
        return [*self.labelled, *self.extra]

    def apart_from(self, measured: Sequence[Row]) -> "CpuTrainingRows":
        """Return the others than `measured`, without what is like them or made from them."""
        indices = {row.index for row in measured}
        return CpuTrainingRows(
            [row for row in self.labelled if row.index not in indices],
            [self.extra[place] for place in exclude_related(self.extra, measured)],
            [self.unlabelled[place] for place in exclude_related(self.unlabelled, measured)],
        )


def fit_parts(
    material: CpuTrainingRows, taxonomy: Taxonomy, draft: Path, recipe: CpuRecipe
) -> CpuParts:
    """Return all parts of a model; `draft` stores finished parts."""
    name = recipe.makeup
    if name == AUTO:
        name = _chosen(material, taxonomy, draft, recipe)
    print(f"made of: {name}", flush=True)
    taught, makeup = TaughtReviews.labelled(material.learnt, taxonomy), MAKEUPS[name]
    parts = fit_as(taught, taxonomy, draft, recipe, makeup)
    if not (makeup.tuned and material.unlabelled):
        return parts
    print(f"self-training on {len(material.unlabelled)} unlabelled reviews", flush=True)
    reviews = [row.review for row in material.unlabelled]
    return self_trained(parts, taught, reviews, draft / "self-trained", recipe)


def _chosen(material: CpuTrainingRows, taxonomy: Taxonomy, draft: Path, recipe: CpuRecipe) -> str:
    """Return the makeup that is best in cross-validation on the labelled rows."""

    def fitted(
        learnt: Sequence[Row], measured: Sequence[Row], makeup: Makeup, part: int
    ) -> tuple[Probabilities, Probabilities]:
        folder = draft / f"choice-{part}-{'tuned' if makeup.tuned else 'frozen'}"
        kept = CpuTrainingRows(learnt, material.extra).apart_from(measured)
        taught = TaughtReviews.labelled(kept.learnt, taxonomy)
        parts = fit_as(taught, taxonomy, folder, recipe, makeup)
        return parts.each([row.review for row in measured])

    return choose(material.labelled, taxonomy, fitted, seed=recipe.seed)


def out_of_fold(
    material: CpuTrainingRows,
    parts: Sequence[Fold],
    taxonomy: Taxonomy,
    draft: Path,
    recipe: CpuRecipe,
) -> Probabilities:
    """Return probabilities of each labelled row from a model that did not see the row."""
    rows = material.labelled
    answered = np.full((len(rows), len(taxonomy.ids)), np.nan, np.float32)
    for number, part in enumerate(parts):
        print(f"fold {number + 1} of {len(parts)}", flush=True)
        measured = [rows[place] for place in part.test]
        learnt = material.apart_from(measured)
        found = fit_parts(learnt, taxonomy, draft / f"fold-{number}", recipe)
        answered[part.test] = found.answers([row.review for row in measured])
    assert not np.isnan(answered).any(), "a row is in no fold's test part"
    return answered
