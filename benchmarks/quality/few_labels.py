"""
Accuracy of the CPU model with few labels: python -m benchmarks few-labels --data train.csv

For each number of --labels per class and each of --draws: samples reviews per class, trains a model
on them as `fit cpu` does, and classifies all other reviews. With 0 labels the model of the taxonomy
ranks the classes; with --makeup examples the sampled texts are its examples. Prints JSON: the
structure of each model, how often its most probable class is right, and the metrics.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from training.commands.shared_flags import add_taxonomy
from training.dataset.folds import Positions
from training.dataset.review_files import Labels, Row, label_matrix, read_rows
from training.encoder.cpu_fit import CpuTrainingRows, fit_parts
from training.encoder.cpu_model import CpuRecipe
from training.encoder.fine_tuning import RECIPE
from training.encoder.makeup import AUTO, MAKEUPS
from training.encoder.prototypes import prototypes, save
from training.evaluation.scores import score
from training.prediction.decisions import as_labels, common_threshold, decisions
from triage.cascade import Confidence, Rule
from triage.review import ReviewInput
from triage.taxonomy import Taxonomy, load_taxonomy
from worker.classifiers.encoder.taxonomy_model import PublishedEncoder, load_from_taxonomy
from worker.classifiers.protocol import Probabilities

# The n-grams' inverse regularisation; the default of `fit cpu`.
STRENGTH = 7.0

# The model of a taxonomy whose examples are the drawn texts; rating and topics are not used.
EXAMPLES = "examples"


def drawn(labels: Labels, count: int, seed: int) -> Positions:
    """Return the positions of `count` reviews of each class, or of all that the class has."""
    generator = np.random.default_rng(seed)
    found: set[int] = set()
    for column in labels.T:
        found.update(generator.permutation(np.flatnonzero(column))[:count].tolist())
    return np.array(sorted(found), np.intp)


def measure(
    rows: Sequence[Row], taxonomy: Taxonomy, count: int, seed: int, makeup: str
) -> dict[str, Any]:
    """Return the figures of one draw, on the reviews that were not drawn."""
    truth = label_matrix(rows, taxonomy)
    learnt = drawn(truth, count, seed)
    others = np.setdiff1d(np.arange(len(rows)), learnt)
    reviews = [rows[at].review for at in others]
    if makeup == EXAMPLES:
        found = _by_examples([rows[at] for at in learnt], reviews, taxonomy)
        figures = _figures(found, truth[others], taxonomy, common_threshold(len(taxonomy.ids)))
        return {"labels": count, "seed": seed, "learnt": len(learnt), "made_of": makeup, **figures}
    recipe = CpuRecipe(STRENGTH, seed, RECIPE, makeup)
    with tempfile.TemporaryDirectory() as draft:
        material = CpuTrainingRows([rows[at] for at in learnt])
        parts = fit_parts(material, taxonomy, Path(draft), recipe)
    made = next(name for name, one in MAKEUPS.items() if one == parts.makeup)
    rule = parts.makeup.rule(taxonomy)
    figures = _figures(parts.answers(reviews), truth[others], taxonomy, rule)
    return {"labels": count, "seed": seed, "learnt": len(learnt), "made_of": made, **figures}


def _by_examples(
    learnt: Sequence[Row], reviews: Sequence[ReviewInput], taxonomy: Taxonomy
) -> Probabilities:
    """Return the probabilities of a taxonomy's model with these rows as examples."""
    classes = [
        one.model_copy(
            update={"examples": tuple(r.review.text for r in learnt if one.id in r.classes)}
        )
        for one in taxonomy.classes
    ]
    with tempfile.TemporaryDirectory() as folder:
        save(Path(folder), taxonomy.model_copy(update={"classes": tuple(classes)}), name=EXAMPLES)
        return load_from_taxonomy(Path(folder), taxonomy).classify(reviews)


def measure_without_labels(rows: Sequence[Row], taxonomy: Taxonomy) -> dict[str, Any]:
    """Return the figures of the ranking by the words of the classes."""
    encoder = PublishedEncoder()
    vectors = encoder.vectors([row.review.text for row in rows])
    truth = label_matrix(rows, taxonomy)
    ranking = vectors @ prototypes(taxonomy, encoder).T
    return {"labels": 0, "first_class_right": _first(ranking, truth)}


def _figures(
    found: Probabilities, truth: Labels, taxonomy: Taxonomy, rule: Rule
) -> dict[str, float]:
    decided = decisions(found, taxonomy.ids, rule)
    scores = score(truth, as_labels(decided, taxonomy.ids))
    person = sum(one.confidence is Confidence.PERSON for one in decided)
    return {
        "first_class_right": _first(found, truth),
        "exact_match": round(scores.exact_match, 3),
        "micro_f1": round(scores.micro_f1, 3),
        "macro_f1": round(scores.macro_f1, 3),
        "person": round(person / len(decided), 3),
    }


def _first(found: Probabilities, truth: Labels) -> float:
    return round(float(truth[np.arange(len(truth)), found.argmax(axis=1)].mean()), 3)


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print a line of JSON for each fit."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks few-labels", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="CSV with labelled reviews")
    parser.add_argument("--labels", type=int, nargs="+", default=[0, 5, 20, 100])
    parser.add_argument("--draws", type=int, default=5)
    parser.add_argument("--makeup", choices=(AUTO, *MAKEUPS, EXAMPLES), default=AUTO)
    add_taxonomy(parser)
    given = parser.parse_args(argv)
    taxonomy = load_taxonomy(given.taxonomy)
    rows = read_rows(given.data, taxonomy)
    for count in given.labels:
        if not count:
            print(json.dumps(measure_without_labels(rows, taxonomy)), flush=True)
            continue
        for seed in range(given.draws):
            print(json.dumps(measure(rows, taxonomy, count, seed, given.makeup)), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
