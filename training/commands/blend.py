"""
Averages the probabilities of several models for the same reviews.

The average of out-of-fold files with equal folds is out of fold too, and is measured with the
default ladder. The average of files of the command predict can become a submission.
"""

import argparse
from collections.abc import Sequence
from dataclasses import replace
from math import inf
from pathlib import Path

import numpy as np

from training.commands.flag_checks import check_output_files
from training.commands.shared_flags import add_seen, add_taxonomy, values
from training.dataset.folds_file import same_folds
from training.dataset.leaks import Seen
from training.dataset.review_files import label_matrix, read_rows
from training.errors import BadFlag
from training.evaluation.held_out import check_stored
from training.evaluation.scores import score
from training.prediction.decisions import BEST_GUESS, answer
from training.prediction.probability_file import Scored, read_scored, select_rows, write_scored
from training.prediction.submission import write_submission
from training.results.provenance import resolve, save_flags
from triage.manifest import digest
from triage.taxonomy import Taxonomy, load_taxonomy


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add this command to the parser."""
    parser = commands.add_parser("blend", description=__doc__)
    add = parser.add_argument
    add("files", type=Path, nargs="+", metavar="FILE", help="probabilities, NumPy's .npz")
    add("--weights", type=float, nargs="+", help="weight of each file (default: equal)")
    add("--out", type=Path, required=True, help="probabilities to write, NumPy's .npz")
    add("--data", type=Path, help="CSV of labelled reviews, to measure out-of-fold files on")
    add("--submission", type=Path, help="CSV index,target to write")
    add_taxonomy(parser)
    add_seen(parser)
    parser.set_defaults(run=run)


def run(flags: argparse.Namespace) -> None:
    """Average, measure and write."""
    check_output_files(flags, "out", "submission")
    taxonomy = load_taxonomy(flags.taxonomy)
    shares = _shares(flags)
    first, *others = read = [read_scored(path, taxonomy.ids) for path in flags.files]
    if any(other.data != first.data for other in others):
        raise BadFlag("the files hold probabilities of different reviews")
    indices = first.index.tolist()
    files = [select_rows(o, indices, p) for o, p in zip(read, flags.files, strict=True)]
    if any(not same_folds(first.fold, other.fold) for other in files):
        raise BadFlag("the files are of different folds, or only some of them are out of fold")
    weighted = [share * one.probabilities for share, one in zip(shares, files, strict=True)]
    blended = replace(
        first,
        probabilities=np.sum(weighted, axis=0),
        model="blend of " + ", ".join(one.model for one in files),
        seen=next((one.seen for one in files if one.seen is not Seen.NO), Seen.NO),
    )
    if flags.data:
        _measure(flags, [*files, blended], taxonomy)
    write_scored(flags.out, blended)
    save_flags(flags.out, resolve("blend", values(flags)))
    if flags.submission:
        rows = blended.index, blended.probabilities
        write_submission(flags.submission, *rows, taxonomy.ids, BEST_GUESS)
    print(f"{blended.model}: {len(indices)} rows are in {flags.out}")


def _shares(flags: argparse.Namespace) -> Sequence[float]:
    weights = flags.weights or [1.0] * len(flags.files)
    if len(weights) != len(flags.files) or min(weights) < 0 or not 0 < sum(weights) < inf:
        raise BadFlag("--weights: one for each file, none below zero, not all zero")
    return [weight / sum(weights) for weight in weights]


def _measure(flags: argparse.Namespace, files: Sequence[Scored], taxonomy: Taxonomy) -> None:
    rows = read_rows(flags.data, taxonomy)
    labels = label_matrix(rows, taxonomy)
    texts = [row.review.text for row in rows]
    if files[0].data != digest(flags.data):
        raise BadFlag(f"--data {flags.data}: the files hold probabilities of other reviews")
    if files[0].fold is None:
        raise BadFlag("--data: only out-of-fold files can be measured on it")
    for one in files:
        ordered = select_rows(one, [row.index for row in rows], flags.out)
        seen = check_stored(ordered, texts, whose=one.model, allow=flags.seen)
        scores = score(labels, answer(ordered.probabilities, taxonomy.ids, BEST_GUESS))
        print(
            f"exact match {scores.exact_match:.4f}, micro-F1 {scores.micro_f1:.4f}, "
            f"macro-F1 {scores.macro_f1:.4f}: {one.model}, {seen}"
        )
