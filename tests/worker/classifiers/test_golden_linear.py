"""
The n-gram model that ships gives the probabilities that an earlier version gave, bit by bit.

The digests were recorded with version 499b899, whose models had no guard, and stay as they are
while the weights do.
"""

import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from triage.calibration import HANDED_OVER
from triage.manifest import MANIFEST
from triage.review import ReviewInput
from triage.taxonomy import load_taxonomy
from worker.classifiers.familiarity import KNOWN_RUNS, load_familiarity
from worker.classifiers.linear import load_linear

TAGS = load_taxonomy().topic_ids
RATINGS = range(7)

SHIPPED = Path(__file__).parents[3] / "models" / "linear"

FILES = {
    "trained_on.json": "95bc85bef5c1f2b018323e20f006f23102651d74c94b5b7f413ffd51452dca97",
    "weights.safetensors": "97cedf16df1310686b2f5308ffda36471550bad26a9f16fdeeedcd89dc890225",
}
PROBABILITIES = "ebe97c699189507a2262888ee45c109cbdd9177d6f0db8cf81456b7210eb2146"

# The start, the middle and the end of an invented review.
STARTS = (
    "Курьер опоздал",
    "Заказ привезли вовремя",
    "ОПЛАТА НЕ ПРОШЛА",
    "Промокод не сработал",
    "The app crashed",
    "  Поддержка молчит\n",
    "Цены выше, чем в магазине",
)
MIDDLES = (
    ", ждали 40 минут",
    " и привезли не то",
    "; деньги вернули через 3 дня",
    " 👎🏽",
    ", but the courier was polite",
    " — овощи гнилые",
    ". Ещё раз не закажу",
    "",
    " (заказ № 10:25)",
    ", поиск не находит хлеб",
    "!!! Верните доставку за 1,5 часа",
)
ENDS = (". Спасибо", "", " 🙂", ". Исправьте, пожалуйста", "?", ". Приложение неудобное")


def invented(number: int) -> ReviewInput:
    """Return the review of a number: parts, rating and tags each take turns at their own pace."""
    text = STARTS[number % 7] + MIDDLES[number % 11] + ENDS[number // 7 % 6]
    tags = tuple(TAGS[(number + 3 * k) % len(TAGS)] for k in range(number % 4))
    return ReviewInput(RATINGS[number * 5 % len(RATINGS)], tags, f"{text} {number // 11}")


REVIEWS = [invented(number) for number in range(1000)]


def digest_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_the_model_files_have_the_recorded_digests() -> None:
    assert {name: digest_of((SHIPPED / name).read_bytes()) for name in FILES} == FILES


@pytest.fixture
def without_guard(tmp_path: Path) -> Path:
    """Return the shipped model as the version before wrote it."""
    folder = Path(shutil.copytree(SHIPPED, tmp_path / "model"))
    (folder / KNOWN_RUNS).unlink()
    values = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    del values["guard"]
    del values["sha256"][KNOWN_RUNS]
    (folder / MANIFEST).write_text(json.dumps(values), encoding="utf-8")
    return folder


def test_a_thousand_texts_give_the_recorded_probabilities(without_guard: Path) -> None:
    assert len(set(REVIEWS)) == 1000
    probabilities = load_linear(without_guard, load_taxonomy()).classify(REVIEWS)

    assert probabilities.dtype == np.float32
    assert digest_of(np.ascontiguousarray(probabilities).tobytes()) == PROBABILITIES


def test_the_guard_does_not_change_probabilities_of_readable_texts(without_guard: Path) -> None:
    before = load_linear(without_guard, load_taxonomy()).classify(REVIEWS)
    classifier = load_linear(SHIPPED, load_taxonomy())
    familiarity = load_familiarity(SHIPPED, classifier.manifest)
    assert familiarity is not None
    unread = familiarity.unread(review.text for review in REVIEWS)
    found = classifier.classify(REVIEWS)

    assert 0 < unread.sum() < len(REVIEWS) / 2
    assert (found[~unread] == before[~unread]).all()
    assert found[unread].max() < HANDED_OVER + 1e-6
