"""
Accuracy of models on distorted texts: python -m benchmarks robustness --model DIR [--model DIR] ...

--data, --folds and --fold name labelled reviews that none of the models was fitted on. Prints JSON:
for each model and distortion the metrics, the share of reviews that go to a person, and the share
that get class --meaningless with high confidence.
"""

import argparse
import json
import random
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.quality.distortions import DISTORTIONS
from training.commands.shared_flags import add_taxonomy
from training.dataset.folds_file import read_folds
from training.dataset.leaks import TRAINED_ON, check_unseen, read_trained_on
from training.dataset.review_files import Row, label_matrix, read_rows
from training.evaluation.scores import score
from training.prediction.decisions import as_labels, served
from training.prediction.scoring import score_rows
from triage.cascade import Confidence, Decision
from triage.taxonomy import Taxonomy, load_taxonomy
from worker.classifiers.loading import load_classifier

SEED = 42


def measure(model: Path, rows: Sequence[Row], taxonomy: Taxonomy, meaningless: int) -> Any:
    """Return the figures of a model by the name of the distortion."""
    texts = [row.review.text for row in rows]
    check_unseen(read_trained_on(model / TRAINED_ON), texts, whose=str(model), allow=False)
    classifier = load_classifier(model, taxonomy)
    truth = label_matrix(rows, taxonomy)
    found = {}
    for name, distort in DISTORTIONS.items():
        generator = random.Random(SEED)
        changed = [
            replace(row, review=replace(row.review, text=distort(row.review.text, generator)))
            for row in rows
        ]
        decided = served(score_rows(classifier, changed), classifier.manifest)
        scores = score(truth, as_labels(decided, taxonomy.ids))
        found[name] = {
            "exact_match": round(scores.exact_match, 3),
            "micro_f1": round(scores.micro_f1, 3),
            "macro_f1": round(scores.macro_f1, 3),
            **shares(decided, meaningless),
        }
    return found


def shares(decided: Sequence[Decision], meaningless: int) -> dict[str, float]:
    """Return the shares of reviews for a person, and of those that are surely meaningless."""
    person = sum(one.confidence is Confidence.PERSON for one in decided)
    sure = sum(one.confidence is Confidence.SURE and meaningless in one.classes for one in decided)
    return {
        "person": round(person / len(decided), 3),
        "surely_meaningless": round(sure / len(decided), 3),
    }


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks robustness", description=__doc__)
    parser.add_argument("--model", type=Path, action="append", required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--folds", type=Path, required=True)
    parser.add_argument("--fold", type=int, default=0)
    parser.add_argument("--meaningless", type=int, default=19)
    add_taxonomy(parser)
    given = parser.parse_args(argv)
    taxonomy = load_taxonomy(given.taxonomy)
    rows = read_rows(given.data, taxonomy)
    held = [rows[at] for at in read_folds(given.folds, rows, given.data).part(given.fold).test]
    found = {str(model): measure(model, held, taxonomy, given.meaningless) for model in given.model}
    print(json.dumps({"reviews": len(held), "models": found}, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
