"""
Answers a file of reviews, labelled or not, as the worker would, and writes a submission.

The submission is a CSV `index,target` with the class ids of each review separated by spaces, in
the order of the data. A run that was broken off goes on where it was, given the same flags.
"""

import argparse
import csv
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from training.commands.arguments import add_data, add_taxonomy
from training.dataset import Unlabelled, read_reviews
from training.errors import BadFlag
from training.evaluation import decisions, served
from training.partial import Partial
from training.resolved import beside, resolve
from training.scored import Scored, write_scored
from training.scoring import MAX_TOKENS, local, score
from training.whole_file import write_text
from triage.cascade import Decision
from triage.manifest import digest
from triage.taxonomy import load_taxonomy
from worker.classifier import Classifier, Probabilities
from worker.loading import load_classifier


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add this command to the parser."""
    parser = commands.add_parser("predict", description=__doc__)
    parser.add_argument("--model", type=Path, required=True, help="folder of the model")
    add_data(parser, "CSV of reviews: index, assessment, tags, text")
    parser.add_argument("--out", type=Path, required=True, help="CSV index,target to write")
    parser.add_argument(
        "--probabilities",
        type=Path,
        metavar="FILE",
        help="also write all probabilities, as NumPy's .npz",
    )
    parser.add_argument(
        "--max-tokens",
        type=int,
        default=MAX_TOKENS,
        help="what a batch may cost (default: %(default)s)",
    )
    add_taxonomy(parser)
    parser.set_defaults(run=run)


def run(flags: argparse.Namespace) -> None:
    """Score and write; nothing is overwritten before all is done."""
    if flags.out == flags.probabilities or flags.data in (flags.out, flags.probabilities):
        raise BadFlag("--data, --out and --probabilities: must be different files")
    taxonomy = load_taxonomy(flags.taxonomy)
    rows = read_reviews(flags.data)
    classifier = load_classifier(flags.model, taxonomy)
    manifest = classifier.manifest
    partial = _partial(classifier, flags)
    raw = _score(classifier, rows, partial, flags)
    found = served(raw, manifest.calibration)
    if flags.probabilities:
        write_scored(flags.probabilities, _scored(classifier, rows, found, flags))
    decided = decisions(found, taxonomy.ids, manifest.rule)
    write_text(flags.out, submission([row.index for row in rows], decided))
    files = {"data": flags.data}
    write_text(beside(flags.out), resolve("predict", flags, files=files, model=_name(classifier)))
    partial.remove()
    print(f"{len(rows)} answers of {_name(classifier)} are in {flags.out}")


def _score(
    classifier: Classifier, rows: Sequence[Unlabelled], partial: Partial, flags: argparse.Namespace
) -> Probabilities:
    return score(
        local(classifier, max_tokens=flags.max_tokens),
        [row.review for row in rows],
        [f"of index {row.index}" for row in rows],
        partial=partial,
    )


def _partial(classifier: Classifier, flags: argparse.Namespace) -> Partial:
    belongs_to = {
        "model": _name(classifier),
        "weights": " ".join(sorted(classifier.manifest.sha256.values())),
        "prompt": classifier.manifest.prompt,
        "data": digest(flags.data),
    }
    classes = len(classifier.manifest.labels)
    return Partial(flags.out, belongs_to=belongs_to, classes=classes)


def _scored(
    classifier: Classifier,
    rows: Sequence[Unlabelled],
    found: Probabilities,
    flags: argparse.Namespace,
) -> Scored:
    return Scored(
        index=np.array([row.index for row in rows], np.int64),
        probabilities=found.astype(np.float32),
        classes=np.array(classifier.manifest.labels, np.int64),
        model=_name(classifier),
        data=digest(flags.data),
    )


def submission(indices: Sequence[int], decided: Sequence[Decision]) -> str:
    """Return the lines of a submission, the classes of each review in the order of their ids."""
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(("index", "target"))
    for index, decision in zip(indices, decided, strict=True):
        lines.writerow((index, " ".join(map(str, sorted(decision.classes)))))
    return text.getvalue()


def _name(classifier: Classifier) -> str:
    return f"{classifier.manifest.name} {classifier.manifest.version}"
