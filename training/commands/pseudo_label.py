"""
Labels reviews with a model's confident predictions, as extra training rows (fit --extra).

The digests of the model's training texts are stored with the rows, so that no metric is reported on
texts that the model was trained on.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.commands.flag_checks import check_output_files
from training.commands.shared_flags import add_data, add_taxonomy, values
from training.dataset.extra_rows import write_made_rows
from training.dataset.leaks import TRAINED_ON, read_trained_on
from training.dataset.review_files import Row, Unlabelled, read_reviews
from training.errors import BadData, BadFlag, Leak
from training.prediction.decisions import apply_calibration
from training.prediction.scoring import score_rows
from training.results.provenance import resolve, save_flags
from triage.taxonomy import Taxonomy, load_taxonomy
from worker.classifiers.loading import load_classifier


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add this command to the parser."""
    parser = commands.add_parser("pseudo-label", description=__doc__)
    parser.add_argument("--model", type=Path, required=True, help="folder of the model")
    add_data(parser, "file of reviews without labels: CSV or JSON Lines")
    parser.add_argument("--out", type=Path, required=True, help="CSV of extra rows to write")
    parser.add_argument(
        "--above",
        type=float,
        default=0.95,
        help="use reviews whose probabilities are all above this or below one minus this "
        "(default: %(default)s)",
    )
    add_taxonomy(parser)
    parser.set_defaults(run=run)


def run(flags: argparse.Namespace) -> None:
    """Score, select and write."""
    if not 0.5 <= flags.above < 1:
        raise BadFlag(f"--above {flags.above}: must be from 0.5 to below 1")
    check_output_files(flags, "out")
    taxonomy = load_taxonomy(flags.taxonomy)
    made_by = read_trained_on(flags.model / TRAINED_ON)
    if made_by is None:
        raise Leak(f"{flags.model}: does not say on which texts it was trained; add {TRAINED_ON}")
    read = read_reviews(flags.data, taxonomy, flags.separator)
    rows = [row for row in read if row.review.text.strip()]
    if not rows:
        raise BadData(f"{flags.data}: no review in it has a text")
    classifier = load_classifier(flags.model, taxonomy)
    found = apply_calibration(score_rows(classifier, rows), classifier.manifest.calibration)
    sure = confident_rows(rows, found, taxonomy, above=flags.above)
    if not sure:
        raise BadData(f"{flags.data}: the model is confident enough about no review; lower --above")
    write_made_rows(flags.out, sure, taxonomy, made_by=made_by)
    resolved = resolve("pseudo-label", values(flags), files={"data": flags.data})
    save_flags(flags.out, resolved)
    print(f"{len(sure)} of {len(rows)} reviews are in {flags.out}")


def confident_rows(
    rows: Sequence[Unlabelled],
    probabilities: NDArray[np.floating],
    taxonomy: Taxonomy,
    *,
    above: float,
) -> tuple[Row, ...]:
    """Return the rows whose every class is decided, at least one of them as present."""
    yes, no = probabilities > above, probabilities < 1 - above
    sure = np.flatnonzero((yes | no).all(axis=1) & yes.any(axis=1))
    ids = np.array(taxonomy.ids)
    return tuple(
        Row(row.index, row.review, tuple(ids[yes[place]].tolist()), row.origin)
        for place, row in ((place, rows[place]) for place in sure.tolist())
    )
