"""What a fitted model is worth on rows that it did not see, measured through what serves it."""

from collections.abc import Sequence
from dataclasses import asdict

import numpy as np
from tqdm import tqdm

from training.dataset import Labels
from training.evaluation import answer, score
from triage.cascade import FallbackClass, Ladder
from triage.manifest import Metrics
from triage.review import ReviewInput
from triage.taxonomy import Taxonomy
from worker.classifier import Classifier, Probabilities

# As many as a worker takes at once; what is measured does not depend on it.
BATCH = 32
DIGITS = 4


def classify(classifier: Classifier, reviews: Sequence[ReviewInput]) -> Probabilities:
    """Return the model's probabilities in the order of `reviews`; like lengths run together."""
    order = sorted(range(len(reviews)), key=lambda i: classifier.cost(reviews[i]))
    found = np.empty((len(reviews), len(classifier.manifest.labels)), np.float32)
    for start in tqdm(range(0, len(order), BATCH), desc="measuring", unit="batch"):
        part = order[start : start + BATCH]
        found[part] = classifier.classify([reviews[i] for i in part])
    return found


def measure(
    probabilities: Probabilities,
    labels: Labels,
    taxonomy: Taxonomy,
    rules: Sequence[Ladder],
    *,
    how: str,
) -> tuple[Metrics, ...]:
    """Return the figures of each rule."""
    return tuple(_measure(probabilities, labels, taxonomy, rule, how) for rule in rules)


def _measure(
    probabilities: Probabilities, labels: Labels, taxonomy: Taxonomy, rule: Ladder, how: str
) -> Metrics:
    figures = asdict(score(labels, answer(probabilities, taxonomy.ids, rule)))
    fallback = rule.fallback
    named = f"class {fallback.class_id}" if isinstance(fallback, FallbackClass) else fallback
    rounded = {name: round(value, DIGITS) for name, value in figures.items()}
    return Metrics(how=f"{how}, fallback {named}", **rounded)
