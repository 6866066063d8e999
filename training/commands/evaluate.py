"""Measures a model on labelled reviews through the code that serves it, by the model's own rule."""

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from training.dataset import label_matrix, read_rows
from training.evaluation import answer, score
from triage.review import ReviewInput
from triage.taxonomy import DEFAULT_TAXONOMY, load_taxonomy
from worker.classifier import Classifier, Probabilities
from worker.loading import load_classifier

# As many as a worker takes at once; what is measured does not depend on it.
BATCH = 64


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add this command to the parser."""
    parser = commands.add_parser(
        "evaluate", help="measure a model on labelled reviews", description=__doc__
    )
    parser.add_argument("--model", type=Path, required=True, help="folder of the model")
    parser.add_argument("--data", type=Path, required=True, help="CSV of labelled reviews")
    parser.add_argument(
        "--taxonomy", type=Path, default=DEFAULT_TAXONOMY, help="file of the classes"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object and no words")
    parser.set_defaults(run=run)


def run(flags: argparse.Namespace) -> None:
    """Print the figures of the model on the file."""
    taxonomy = load_taxonomy(flags.taxonomy)
    classifier = load_classifier(flags.model, taxonomy)
    rows = read_rows(flags.data, taxonomy)
    probabilities = _classify(classifier, [row.review for row in rows])
    answers = answer(probabilities, taxonomy.ids, classifier.manifest.rule)
    figures = asdict(score(label_matrix(rows, taxonomy), answers))
    if flags.json:
        print(json.dumps(figures))
        return
    print(f"{classifier.manifest.name} {classifier.manifest.version} on {flags.data}")
    for name, value in figures.items():
        print(f"  {name:12} {value:.4g}")


def _classify(classifier: Classifier, reviews: Sequence[ReviewInput]) -> Probabilities:
    starts = range(0, len(reviews), BATCH)
    return np.concatenate([classifier.classify(reviews[start : start + BATCH]) for start in starts])
