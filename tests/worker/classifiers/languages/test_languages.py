"""What the model that ships makes of other languages, of what has no meaning, and of odd inputs."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from training.prediction.decisions import served
from triage.cascade import Confidence, Decision
from triage.review import ReviewInput
from triage.taxonomy import load_taxonomy
from worker.classifiers.loading import DEFAULT_MODEL, load_classifier
from worker.classifiers.protocol import Classifier

HERE = Path(__file__).parent
ENGLISH = json.loads((HERE / "english.json").read_text(encoding="utf-8"))
OTHERS = json.loads((HERE.parent / "familiarity" / "reviews.json").read_text(encoding="utf-8"))
THANKS = 18
NO_MEANING = 19
RATING_OF = {"praise": 6, "complaints": 2}
LABELLED = [
    (ReviewInput(RATING_OF[mood], (), text), int(class_id))
    for mood, classes in ENGLISH.items()
    for class_id, texts in classes.items()
    for text in texts
]
ODD = (
    "",
    " \u200b\n",
    "[NUM]",
    "а",
    "?",
    "ы" * 10_000,
    "курьер " * 1_500,
    "Дорого дорого mixed скрипты 配達 توصيل 👎🏽",
    "\u0301\u0301\u0301",
    "a\x00b\ufffd",
    "▁▁▁ <s> </s> <unk>",
)


@pytest.fixture(scope="module")
def shipped() -> Classifier:
    return load_classifier(DEFAULT_MODEL, load_taxonomy())


def answers(classifier: Classifier, reviews: Sequence[ReviewInput]) -> list[Decision]:
    return list(served(classifier.classify(reviews), classifier.manifest))


def surely_meaningless(decided: Decision) -> bool:
    return decided.confidence is Confidence.SURE and NO_MEANING in decided.classes


def test_there_are_enough_english_reviews_and_classes() -> None:
    assert len({review.text for review, _ in LABELLED}) >= 200
    assert len({class_id for _, class_id in LABELLED}) >= 30


def test_english_reviews_are_classified_far_better_than_by_chance(shipped: Classifier) -> None:
    decided = answers(shipped, [review for review, _ in LABELLED])
    first = [one.classes[0] == wanted for one, (_, wanted) in zip(decided, LABELLED, strict=True)]
    answered = [one.confidence is not Confidence.PERSON for one in decided]
    right = sum(a and f for a, f in zip(answered, first, strict=True))

    assert sum(first) > 0.4 * len(LABELLED)
    assert right > 0.6 * sum(answered)


def test_no_clear_english_review_is_classified_as_surely_meaningless(shipped: Classifier) -> None:
    clear = [review for review, wanted in LABELLED if wanted != NO_MEANING]
    for review, decided in zip(clear, answers(shipped, clear), strict=True):
        assert not surely_meaningless(decided), review.text


@pytest.mark.parametrize("language", [name for name in OTHERS if name != "nonsense"])
def test_no_clear_review_of_an_unseen_kind_is_surely_meaningless(
    shipped: Classifier, language: str
) -> None:
    reviews = [ReviewInput(3, (), text) for text in OTHERS[language]]
    for review, decided in zip(reviews, answers(shipped, reviews), strict=True):
        assert not surely_meaningless(decided), review.text


def test_nonsense_is_classified_as_meaningless_or_passed_to_a_person(shipped: Classifier) -> None:
    reviews = [ReviewInput(3, (), text) for text in OTHERS["nonsense"]]
    for review, decided in zip(reviews, answers(shipped, reviews), strict=True):
        assert decided.confidence is Confidence.PERSON or NO_MEANING in decided.classes, review.text


def test_emoji_unknown_to_the_encoder_are_classified_by_the_n_grams(
    shipped: Classifier,
) -> None:
    liked, disliked = answers(shipped, [ReviewInput(3, (), text) for text in ("👍", "👎👎👎")])
    assert THANKS in liked.classes
    assert THANKS not in disliked.classes


def test_unusual_inputs_give_equal_answers_alone_and_in_a_batch(shipped: Classifier) -> None:
    reviews = [ReviewInput(0, (), text) for text in ODD]
    together = shipped.classify(reviews)
    assert np.isfinite(together).all()
    assert ((together >= 0) & (together <= 1)).all()
    for review, expected in zip(reviews, together, strict=True):
        assert np.abs(shipped.classify([review])[0] - expected).max() < 1e-4
