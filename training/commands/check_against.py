"""
Compares a model's probabilities with published ones of the same reviews.

A model's self-check is computed where the model is imported, so it cannot find an error that this
installation always makes. The published file is a CSV with a column for each class (19, prob_19)
and an optional column `index`, or a file of `predict --probabilities`. A CSV is compared with
uncalibrated probabilities, the other with calibrated ones; decisions follow the model's own rule.
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.commands.flag_checks import check_at_least
from training.commands.shared_flags import add_data, add_hardware, add_taxonomy, hardware_of
from training.dataset.review_files import Unlabelled, read_reviews
from training.evaluation.probability_difference import (
    ProbabilityDifference,
    probability_difference,
)
from training.prediction.decisions import apply_calibration
from training.prediction.probability_file import read_scored_rows
from training.prediction.published_probabilities import read_published
from training.prediction.scoring import score_rows
from triage.taxonomy import load_taxonomy
from worker.classifiers.loading import ModelSource, load_classifier
from worker.classifiers.protocol import Classifier


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add this command to the parser."""
    parser = commands.add_parser("check-against", description=__doc__)
    add = parser.add_argument
    add("--model", type=Path, required=True, help="folder of the model")
    add_data(parser, "file of reviews: CSV or JSON Lines")
    add(
        "--probabilities",
        type=Path,
        required=True,
        metavar="FILE",
        help="file of published probabilities",
    )
    add("--rows", type=int, metavar="N", help="compare the first N reviews (default: all)")
    add_hardware(parser)
    add_taxonomy(parser)
    add("--json", action="store_true", help="print only one JSON object")
    parser.set_defaults(run=run)


def run(flags: argparse.Namespace) -> None:
    """Print the largest and the mean difference, and the share of equal decisions."""
    check_at_least(flags, 1, "rows")
    taxonomy = load_taxonomy(flags.taxonomy)
    rows = read_reviews(flags.data, taxonomy, flags.separator)
    indices = [row.index for row in rows]
    theirs = _published(flags, taxonomy.ids, indices)[: flags.rows]
    classifier = load_classifier(flags.model, taxonomy, ModelSource(hardware_of(flags)))
    found = probability_difference(
        _own(flags, classifier, rows[: flags.rows]),
        theirs,
        indices=indices,
        classes=taxonomy.ids,
        rule=classifier.manifest.rule,
    )
    print(json.dumps(asdict(found)) if flags.json else as_text(found))


def _is_own_format(flags: argparse.Namespace) -> bool:
    return bool(flags.probabilities.suffix == ".npz")


def _published(
    flags: argparse.Namespace, classes: Sequence[int], indices: Sequence[int]
) -> NDArray[np.floating]:
    path = flags.probabilities
    if _is_own_format(flags):
        return read_scored_rows(path, classes, flags.data, indices).probabilities
    return read_published(path, classes, indices)


def _own(
    flags: argparse.Namespace, classifier: Classifier, rows: Sequence[Unlabelled]
) -> NDArray[np.floating]:
    raw = score_rows(classifier, rows)
    if _is_own_format(flags):
        return apply_calibration(raw, classifier.manifest.calibration)
    return raw


def as_text(found: ProbabilityDifference) -> str:
    """Return a few lines for people."""
    return (
        f"{found.reviews} reviews\n"
        f"  largest difference {found.largest:.6f} (index {found.largest_index}, class "
        f"{found.largest_class})\n"
        f"  mean difference    {found.mean:.6f}\n"
        f"  equal decisions    {found.equal_decisions:.2%}"
    )
