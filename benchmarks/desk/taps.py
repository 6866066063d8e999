"""
Taps needed to correct the classes: labelled reviews are replayed through the card and the panel.

The probabilities are out of fold: each review is read by a linear model that was fitted on the
other folds, and identical texts are in one fold.

    python -m benchmarks taps --data ../shared/data/train.csv
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
from training.linear.cross_fit import cross_fit
from triage.cascade import Ladder, decide
from triage.queue.messages import ModelName
from triage.taxonomy import Taxonomy, load_taxonomy

FOLDS, SEED, STRENGTH = 5, 42, 7.0

MODEL = ModelName(name="linear", version="out of fold")


def tap_counts(rows: Sequence[Row], taxonomy: Taxonomy, *, folds: int = FOLDS) -> list[int]:
    """Return the fewest taps to the right classes of each review; fits `folds` models."""
    keys = [text_key(row.review.text) for row in rows]
    parts = split(label_matrix(rows, taxonomy), keys, folds=folds, seed=SEED)
    found = cross_fit(rows, parts, taxonomy, strength=STRENGTH)
    counts = []
    for row, read in zip(rows, found.tolist(), strict=True):
        decision = decide(read, taxonomy.ids, Ladder(fallback="most_probable"))
        sets = alternatives(StoredAnswer(MODEL, tuple(read), decision, None), taxonomy)
        counts.append(fewest_taps(row.classes, sets, taxonomy))
    return counts


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
    add_taxonomy(parser)
    flags = parser.parse_args(arguments)
    taxonomy = load_taxonomy(flags.taxonomy)
    print(json.dumps(summary(tap_counts(read_rows(flags.data, taxonomy), taxonomy)), indent=2))
    return 0
