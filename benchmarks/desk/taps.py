"""
Taps needed to correct the classes: labelled reviews are replayed through the card and the panel.

The probabilities are out of fold: each review is read by a model that was fitted on the other
folds. Without --model that is a linear one, which is fitted now, and identical texts are in one
fold. With --model they are those that `python -m training fit --folds` stored in its folder.

    python -m benchmarks taps --data ../shared/data/train.csv [--model models/mine]
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from bot.archive.records import StoredAnswer
from bot.desk.alternatives import alternatives
from bot.desk.tap_count import fewest_taps
from training.commands.shared_flags import add_taxonomy
from training.dataset.folds import split, text_key
from training.dataset.review_files import Row, label_matrix, read_rows
from training.evaluation.held_out import EvaluationData, load_held_out
from training.linear.cross_fit import cross_fit
from training.prediction.decisions import BEST_GUESS, apply_calibration, decisions, served
from triage.cascade import Decision
from triage.queue.messages import ModelName
from triage.taxonomy import Taxonomy, load_taxonomy
from worker.classifiers.protocol import Probabilities

FOLDS, SEED, STRENGTH = 5, 42, 7.0

MODEL = ModelName(name="some", version="out of fold")


def tap_counts(
    rows: Sequence[Row],
    probabilities: Probabilities,
    decided: Sequence[Decision],
    taxonomy: Taxonomy,
) -> list[int]:
    """Return the fewest taps to the right classes of each review."""
    counts = []
    for row, read, decision in zip(rows, probabilities.tolist(), decided, strict=True):
        sets = alternatives(StoredAnswer(MODEL, tuple(read), decision, None), taxonomy)
        counts.append(fewest_taps(row.classes, sets, taxonomy))
    return counts


def by_linear_model(data: Path, taxonomy: Taxonomy) -> list[int]:
    """Return the taps with a linear model; fits FOLDS of them."""
    rows = read_rows(data, taxonomy)
    keys = [text_key(row.review.text) for row in rows]
    parts = split(label_matrix(rows, taxonomy), keys, folds=FOLDS, seed=SEED)
    found = cross_fit(rows, parts, taxonomy, strength=STRENGTH)
    return tap_counts(rows, found, decisions(found, taxonomy.ids, BEST_GUESS), taxonomy)


def by_fitted_model(data: Path, model: Path, taxonomy: Taxonomy) -> list[int]:
    """Return the taps with the stored out-of-fold answers of a model; raises Leak, BadData."""
    held_out = load_held_out(model, EvaluationData(data, out_of_fold=True), taxonomy)
    calibrated = apply_calibration(held_out.raw, held_out.manifest.calibration)
    decided = served(held_out.raw, held_out.manifest)
    return tap_counts(held_out.rows, calibrated, decided, taxonomy)


def summary(counts: Sequence[int]) -> dict[str, float | int]:
    """Return the share of reviews within each number of taps, the mean and the maximum."""
    total = len(counts)
    within = {f"within {n}": round(sum(c <= n for c in counts) / total, 4) for n in range(1, 5)}
    mean = round(sum(counts) / total, 3)
    return {"reviews": total, **within, "mean": mean, "maximum": max(counts)}


def main(arguments: Sequence[str]) -> int:
    """Print the summary as JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks taps", description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data/train.csv"))
    parser.add_argument("--model", type=Path, help="folder of a model that was fitted with --folds")
    add_taxonomy(parser)
    flags = parser.parse_args(arguments)
    taxonomy = load_taxonomy(flags.taxonomy)
    if flags.model is None:
        counts = by_linear_model(flags.data, taxonomy)
    else:
        counts = by_fitted_model(flags.data, flags.model, taxonomy)
    print(json.dumps(summary(counts), indent=2))
    return 0
