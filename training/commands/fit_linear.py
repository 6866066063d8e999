"""
Trains the linear model on labelled reviews and measures it out of fold.

With --folds every row is also scored by a model that was fitted without its fold; these
probabilities are saved in the model's folder (oof.npz), for the commands evaluate, thresholds,
calibrate and compare.
"""

import argparse
from pathlib import Path

from training.commands.flag_checks import (
    check_above_zero,
    check_at_most,
    check_compare_class,
    check_name,
    check_out_folder,
)
from training.commands.shared_flags import (
    add_compare_class,
    add_data,
    add_seen,
    add_taxonomy,
    values,
)
from training.commands.training_set_flags import add_training_set, training_set_sources
from training.dataset.class_examples import warn_of_labels
from training.dataset.folds_file import Folds
from training.dataset.review_files import label_matrix, support
from training.dataset.training_set import TrainingSet, check_out_of_fold, read_training_set
from training.evaluation.fold_answers import save_and_measure
from training.evaluation.quality_metrics import as_text
from training.linear.cross_fit import cross_fit
from training.linear.guard import learn_familiarity, warn_of_guard
from training.linear.logistic_regression import fit, save
from training.model_folder.writing import replacing, write_metadata
from training.results.provenance import resolve
from triage.manifest import Manifest, QualityMetrics
from triage.taxonomy import Taxonomy, load_taxonomy
from worker.classifiers.linear import matrix

# Above it there is practically no regularisation, and with 1e300 the solver does not end.
MAX_STRENGTH = 1e6


def add_to(presets: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add this preset to the parser."""
    parser = presets.add_parser("linear", description=__doc__)
    add_data(parser)
    add_fitting(parser, name="linear")
    add_taxonomy(parser)
    add_training_set(parser)
    add_compare_class(parser.add_argument)
    add_seen(parser)
    parser.set_defaults(run=run)


def add_fitting(parser: argparse.ArgumentParser, *, name: str) -> None:
    """Add the flags of a fit of linear weights."""
    add = parser.add_argument
    add(
        "--out", type=Path, required=True, help="folder of the model; an existing model is replaced"
    )
    add("--name", default=name, help="name of the model (default: %(default)s)")
    add(
        "--strength",
        type=float,
        default=7.0,
        help="inverse of the regularisation, C (default: %(default)s)",
    )


def run(flags: argparse.Namespace) -> None:
    """Fit, measure and write; the old model stays until the new one is complete."""
    taxonomy = load_taxonomy(flags.taxonomy)
    _check(flags, taxonomy)
    sources = training_set_sources(flags)
    material = read_training_set(sources, taxonomy)
    warn_of_labels(material.learnt, taxonomy)
    warn_of_guard(row.review.text for row in material.learnt)
    rows = len(material.learnt)
    resolved = resolve("fit linear", values(flags), files=sources.files(), rows=rows)
    print(resolved)
    with replacing(flags.out) as folder:
        (folder / "fit.json").write_text(resolved + "\n", encoding="utf-8")
        weights = fit(
            matrix([row.review for row in material.learnt], taxonomy.rating),
            label_matrix(material.learnt, taxonomy),
            strength=flags.strength,
        )
        familiarity = learn_familiarity(row.review.text for row in material.learnt)
        manifest = save(
            folder, weights, taxonomy, name=flags.name, metrics=(), familiarity=familiarity
        )
        manifest = manifest.model_copy(update={"support": support(material.learnt, taxonomy)})
        if material.folds and flags.held_out is None:
            metrics = _measure(folder, manifest, material, material.folds, taxonomy, flags)
            manifest = manifest.model_copy(update={"metrics": metrics})
        manifest = write_metadata(folder, manifest, material.trained)
    print(f"{as_text(manifest.metrics)}{manifest.name} {manifest.version} is in {flags.out}")


def check_fitting(flags: argparse.Namespace) -> None:
    """Check the flags of a fit; BadFlag."""
    check_above_zero(flags, "strength")
    check_at_most(flags, MAX_STRENGTH, "strength")
    check_name(flags)
    check_out_folder(flags)


def _check(flags: argparse.Namespace, taxonomy: Taxonomy) -> None:
    check_fitting(flags)
    check_compare_class(flags, taxonomy)


def _measure(
    folder: Path,
    manifest: Manifest,
    material: TrainingSet,
    folds: Folds,
    taxonomy: Taxonomy,
    flags: argparse.Namespace,
) -> tuple[QualityMetrics, ...]:
    """Return the out-of-fold metrics, and save the probabilities."""
    seen = check_out_of_fold(material, folds, allow=flags.seen)
    found = cross_fit(
        material.rows, folds.parts(), taxonomy, strength=flags.strength, extra=material.extra
    )
    return save_and_measure(
        folder,
        material,
        found,
        taxonomy,
        data=flags.data,
        model=f"{manifest.name} {manifest.version}",
        seen=seen,
        compare_class=flags.compare_class,
    )
