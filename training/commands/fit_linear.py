"""
Trains the linear model on labelled reviews and measures it out of fold.

With --folds every row is also answered by a model that was fitted without its fold; these
probabilities stay in the model's folder (oof.npz), for the commands evaluate, thresholds, calibrate
and compare.
"""

import argparse
from pathlib import Path

from training.commands.shared_flags import add_data, add_seen, add_taxonomy
from training.dataset.folds_file import Folds
from training.dataset.review_files import label_matrix
from training.dataset.training_set import TrainingSet, add_flags, check_out_of_fold, files, gather
from training.errors import BadFlag
from training.evaluation.fold_answers import keep_and_measure
from training.evaluation.quality_metrics import words
from training.flag_checks import above_zero, nameable
from training.linear.cross_fit import out_of_fold
from training.linear.guard import learn_familiarity
from training.linear.logistic_regression import fit, save
from training.model_folder.writing import replacing, stamp
from training.results.provenance import resolve
from triage.manifest import Manifest, QualityMetrics
from triage.taxonomy import Taxonomy, load_taxonomy
from worker.classifiers.linear import matrix


def add_to(presets: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add this preset to the parser."""
    parser = presets.add_parser("linear", description=__doc__)
    add_data(parser)
    add_fitting(parser, name="linear")
    add_taxonomy(parser)
    add_flags(parser)
    parser.add_argument(
        "--compare-class",
        type=int,
        default=19,
        help="also measure with undecided reviews filed under this class (default: %(default)s)",
    )
    add_seen(parser)
    parser.set_defaults(run=run)


def add_fitting(parser: argparse.ArgumentParser, *, name: str) -> None:
    """Add the flags of fitting linear weights, whatever they are fitted on."""
    add = parser.add_argument
    add("--out", type=Path, required=True, help="folder of the model; an older one is replaced")
    add("--name", default=name, help="what the model is called (default: %(default)s)")
    add(
        "--strength",
        type=float,
        default=7.0,
        help="inverse of the regularisation, C (default: %(default)s)",
    )


def run(flags: argparse.Namespace) -> None:
    """Fit, measure and write; the old model stays until the new one is whole."""
    taxonomy = load_taxonomy(flags.taxonomy)
    _check(flags, taxonomy)
    material = gather(flags, taxonomy)
    resolved = resolve("fit linear", flags, files=files(flags), rows=len(material.learnt))
    print(resolved)
    with replacing(flags.out) as folder:
        (folder / "fit.json").write_text(resolved + "\n", encoding="utf-8")
        weights = fit(
            matrix([row.review for row in material.learnt]),
            label_matrix(material.learnt, taxonomy),
            strength=flags.strength,
        )
        familiarity = learn_familiarity(row.review.text for row in material.learnt)
        manifest = save(
            folder, weights, taxonomy, name=flags.name, metrics=(), familiarity=familiarity
        )
        if material.folds and flags.held_out is None:
            metrics = _measure(folder, manifest, material, material.folds, taxonomy, flags)
            manifest = manifest.model_copy(update={"metrics": metrics})
        manifest = stamp(folder, manifest, material.trained)
    print(f"{words(manifest.metrics)}{manifest.name} {manifest.version} is in {flags.out}")


def check_fitting(flags: argparse.Namespace) -> None:
    """Raise BadFlag before any work is done."""
    above_zero(flags, "strength")
    nameable(flags)


def _check(flags: argparse.Namespace, taxonomy: Taxonomy) -> None:
    check_fitting(flags)
    if flags.folds and flags.compare_class not in taxonomy.by_id:
        raise BadFlag(f"--compare-class {flags.compare_class}: the taxonomy has no such class")


def _measure(
    folder: Path,
    manifest: Manifest,
    material: TrainingSet,
    folds: Folds,
    taxonomy: Taxonomy,
    flags: argparse.Namespace,
) -> tuple[QualityMetrics, ...]:
    """Return the figures out of fold, and keep the probabilities that they come from."""
    seen = check_out_of_fold(material, folds, allow=flags.seen)
    found = out_of_fold(
        material.rows, folds.parts(), taxonomy, strength=flags.strength, extra=material.extra
    )
    name = f"{manifest.name} {manifest.version}"
    return keep_and_measure(folder, material, found, taxonomy, flags, model=name, seen=seen)
