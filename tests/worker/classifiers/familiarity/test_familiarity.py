"""What the shipped model cannot read goes to a person and is not called meaningless."""

import json
from pathlib import Path

import numpy as np
import pytest

from triage.calibration import HANDED_OVER
from triage.cascade import Confidence, Decision, decide
from triage.manifest import read_manifest
from triage.review import ReviewInput
from triage.taxonomy import load_taxonomy
from worker.classifiers.familiarity import (
    Familiarity,
    guarded,
    hand_over,
    learn_bits,
    load_familiarity,
    runs,
)
from worker.classifiers.linear import load_linear

REVIEWS = json.loads(Path(__file__).with_name("reviews.json").read_text(encoding="utf-8"))
CLEAR = [name for name in REVIEWS if name != "nonsense"]
NO_MEANING = 19
RUSSIAN = (
    "Ждали заказ два часа, курьер так и не позвонил",
    "Цены выше, чем в магазине, очень дорого",
    "Промокод не работает, хотя срок не вышел",
    "Спасибо, быстрая доставка и вежливые курьеры",
    "ПРИВЕЗЛИ ПОЛОВИНУ ЗАКАЗА НИКТО НЕ ПРЕДУПРЕДИЛ",
    "Курер апаздал на два часа и нахамил",
)


@pytest.fixture(scope="module")
def shipped() -> Path:
    return Path(__file__).parents[4] / "models" / "linear"


def answers(folder: Path, texts: list[str]) -> list[Decision]:
    classifier = load_linear(folder, load_taxonomy())
    found = classifier.classify([ReviewInput(3, (), text) for text in texts])
    manifest = classifier.manifest
    return [decide(row, manifest.labels, manifest.rule) for row in found.tolist()]


@pytest.mark.parametrize("language", CLEAR)
def test_no_clear_review_is_classified_as_surely_meaningless(shipped: Path, language: str) -> None:
    for text, decided in zip(REVIEWS[language], answers(shipped, REVIEWS[language]), strict=True):
        sure = decided.confidence is Confidence.SURE and NO_MEANING in decided.classes
        assert not sure, text


@pytest.mark.parametrize("language", [name for name in CLEAR if name != "other_trade"])
def test_a_review_in_unknown_language_or_script_is_passed_to_a_person(
    shipped: Path, language: str
) -> None:
    found = answers(shipped, REVIEWS[language])
    assert {decided.confidence for decided in found} == {Confidence.PERSON}


def test_nonsense_is_classified_as_meaningless_or_passed_to_a_person(shipped: Path) -> None:
    for text, decided in zip(
        REVIEWS["nonsense"], answers(shipped, REVIEWS["nonsense"]), strict=True
    ):
        person = decided.confidence is Confidence.PERSON
        assert person or NO_MEANING in decided.classes, text


def test_russian_is_recognised_in_any_case_and_spelling(shipped: Path) -> None:
    familiarity = load_familiarity(shipped, read_manifest(shipped))
    assert familiarity is not None
    assert not familiarity.unread(RUSSIAN).any()


def test_there_are_enough_test_reviews_of_each_kind() -> None:
    assert sum(len(REVIEWS[name]) for name in CLEAR if name != "other_trade") >= 60
    assert len(REVIEWS["other_trade"]) == len(REVIEWS["nonsense"]) == 20


def test_runs_stay_within_words_and_ignore_case_and_numbers() -> None:
    assert list(runs("Ёлка 12 да [NUM]")) == [" елк", "елка", "лка ", " да "]


@pytest.mark.parametrize(
    "text",
    [
        "да https://example.com/orders?id=abc",
        "да: www.example.ru/orders",
        "example.com/orders да",
        "да, ivan.petrov@example.ru",
        "да @support_bot",
        '<p class="review">да</p>',
        "[да](http://example.com)",
    ],
)
def test_addresses_and_tags_are_not_evidence_of_a_language(text: str) -> None:
    assert list(runs(text)) == [" да "]


@pytest.mark.parametrize("text", ["https://example.com/orders", "<we waited two hours>"])
def test_a_text_of_addresses_and_tags_alone_is_not_empty(text: str) -> None:
    assert len(list(runs(text))) > 10


def test_russian_words_around_a_dot_are_not_an_address() -> None:
    assert list(runs("да.нет")) == [" да ", " нет", "нет "]


def test_a_run_that_occurs_in_one_text_only_is_unknown() -> None:
    known = Familiarity(learn_bits(["курьер опоздал", "курьер нахамил"]), 0.5)
    assert known.known_share("курьер") == 1
    assert known.known_share("опоздал") < 1
    assert known.known_share("123 👎") == 1


def test_reviews_passed_to_a_person_keep_the_order_of_classes() -> None:
    rows = np.array([[0.9, 0.6, 0.1], [0.9, 0.6, 0.1], [0.01, 0.02, 0.0]], np.float32)
    found = hand_over(rows, np.array([True, False, True]))

    assert found[0].max() < HANDED_OVER + 1e-6
    assert found[0].argsort().tolist() == rows[0].argsort().tolist()
    assert (found[1:] == rows[1:]).all()


def test_without_a_guard_probabilities_are_unchanged() -> None:
    rows = np.array([[0.9, 0.6]], np.float32)
    assert guarded(rows, ["qwerty"], None) is rows
