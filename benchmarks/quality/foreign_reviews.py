"""
Answers of models to invented reviews in other languages: python -m benchmarks languages

--model DIR may be repeated. The reviews are those of the tests: English ones with one class each,
and clear ones in languages, scripts and trades that were not in training. Prints JSON.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.quality.robustness import shares
from training.commands.shared_flags import add_taxonomy
from training.prediction.decisions import served
from triage.cascade import Confidence, Decision
from triage.review import ReviewInput
from triage.taxonomy import load_taxonomy
from worker.classifiers.loading import DEFAULT_MODEL, NGRAM_MODEL, load_classifier
from worker.classifiers.protocol import Classifier

ROOT = Path(__file__).parents[2] / "tests" / "worker" / "classifiers"
LABELLED = ROOT / "languages" / "english.json"
UNLEARNT = ROOT / "familiarity" / "reviews.json"

MEANINGLESS = 19
MIDDLE = 3
RATING_OF = {"praise": 6, "complaints": 2}


def labelled() -> list[tuple[ReviewInput, int]]:
    """Return the English reviews, each with its class."""
    return [
        (ReviewInput(RATING_OF[mood], (), text), int(class_id))
        for mood, classes in json.loads(LABELLED.read_text(encoding="utf-8")).items()
        for class_id, texts in classes.items()
        for text in texts
    ]


def measure(classifier: Classifier) -> dict[str, Any]:
    """Return the figures of a model for each sort of reviews."""
    some = labelled()
    decided = _decide(classifier, [review for review, _ in some])
    answered = [one.confidence is not Confidence.PERSON for one in decided]
    first = [one.classes[0] == wanted for one, (_, wanted) in zip(decided, some, strict=True)]
    right = sum(a and f for a, f in zip(answered, first, strict=True))
    english = {
        "reviews": len(some),
        "classes": len({wanted for _, wanted in some}),
        "first_class_right": round(sum(first) / len(some), 3),
        "answered": round(sum(answered) / len(some), 3),
        "answered_right": round(right / max(1, sum(answered)), 3),
        **shares(decided, MEANINGLESS),
    }
    unlearnt = json.loads(UNLEARNT.read_text(encoding="utf-8"))
    return {
        "english, one class each": english,
        **{
            name: {
                "reviews": len(texts),
                **shares(
                    _decide(classifier, [ReviewInput(MIDDLE, (), t) for t in texts]), MEANINGLESS
                ),
            }
            for name, texts in unlearnt.items()
        },
    }


def _decide(classifier: Classifier, reviews: Sequence[ReviewInput]) -> tuple[Decision, ...]:
    return served(classifier.classify(reviews), classifier.manifest)


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks languages", description=__doc__)
    parser.add_argument(
        "--model",
        type=Path,
        action="append",
        help="folder of a model (default: both shipped models)",
    )
    add_taxonomy(parser)
    given = parser.parse_args(argv)
    models = given.model or [DEFAULT_MODEL, NGRAM_MODEL]
    taxonomy = load_taxonomy(given.taxonomy)
    found = {str(one): measure(load_classifier(one, taxonomy)) for one in models}
    print(json.dumps(found, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
