"""The linear model as it is served: its features, and the model that ships."""

import json
import re
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from triage.cascade import decide
from triage.manifest import MANIFEST, read_manifest
from triage.review import ReviewInput
from triage.taxonomy import RatingScale, load_taxonomy
from worker.classifiers import linear
from worker.classifiers.familiarity import KNOWN_RUNS
from worker.classifiers.linear import (
    BUCKETS,
    WEIGHTS,
    LinearClassifier,
    columns,
    load_linear,
    matrix,
)

SHIPPED = Path(__file__).parents[3] / "models" / "linear"
TAXONOMY = load_taxonomy()
SCALE = RatingScale(lowest=0, highest=6)
RATINGS = SCALE.values
COLUMNS = columns(SCALE)


def features(found: ReviewInput, scale: RatingScale | None = SCALE) -> dict[int, float]:
    return linear.features(found, scale)


def review(text: str, rating: int = 3, *tags: str) -> ReviewInput:
    return ReviewInput(rating, tags, text)


@pytest.fixture(scope="module")
def shipped() -> LinearClassifier:
    """Return the model that is served when no other is named."""
    return load_linear(SHIPPED, TAXONOMY)


# Features


@pytest.mark.parametrize(
    ("written", "learnt"),
    [
        ("доставка 40 минут", "доставка [NUM] минут"),
        ("доставка 40мин", "доставка [NUM]мин"),
        ("ждал 1,5 часа", "ждал [NUM],[NUM] часа"),
        ("с 10:00 до 22:00", "с [NUM]:[NUM] до [NUM]:[NUM]"),
        ("доставка ４０ минут", "доставка [NUM] минут"),
        ("ЕЩЁ РАЗ", "еще раз"),
        ("  ещё\nраз\t", "еще раз"),
        ("Коро\u0438\u0306", "коро\u0439"),
    ],
)
def test_customer_text_is_normalised_like_the_training_reviews(written: str, learnt: str) -> None:
    assert features(review(written)) == features(review(learnt))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("спасибо 👍", "спасибо"),
        ("спасибо 👍", "спасибо 👎"),
        ("доставка", "цены"),
        ("быстро, не дорого", "не быстро, дорого"),
    ],
)
def test_texts_of_different_meaning_have_different_features(one: str, other: str) -> None:
    assert features(review(one)) != features(review(other))


def test_forms_of_a_word_share_features() -> None:
    one, other, stranger = (set(features(review(t))) for t in ("курьеры", "курьерами", "скидки"))

    assert len(one & other) > 10
    assert len(one & stranger) < len(one & other) / 2


@pytest.mark.parametrize("text", ["", " ", "!", "ы", "<b>&<eos>", "👍" * 100, "\u0000", "x" * 4096])
def test_any_text_has_features(text: str) -> None:
    found = features(review(text, 6, "DELIVERY"))

    assert all(0 <= column < COLUMNS for column in found)
    assert np.isfinite(list(found.values())).all()


def test_tag_order_and_duplicate_tags_do_not_change_the_features() -> None:
    one = features(review("Долго", 3, "DELIVERY", "PRICE"))

    assert features(review("Долго", 3, "PRICE", "DELIVERY", "PRICE")) == one
    assert features(review("Долго", 3, "PRICE")) != one


def test_a_rating_is_encoded_as_that_many_steps() -> None:
    steps = [
        [column - BUCKETS for column in features(review("Долго", rating)) if column >= BUCKETS]
        for rating in RATINGS
    ]

    assert steps == [list(range(rating)) for rating in RATINGS]


def test_features_of_this_version_never_change() -> None:
    """If this fails, name another FEATURES_VERSION, fit models again and pin the new values."""
    found = features(review("Ок 5", 1, "PRICE"))

    assert {column: round(value, 6) for column, value in found.items()} == {
        24289: 0.494975,
        25507: 0.494975,
        53528: 0.707107,
        54159: 0.707107,
        26836: 0.5,
        36937: 0.303354,
        40991: 0.303354,
        57079: 0.303354,
        32032: 0.303354,
        45584: 0.303354,
        3824: 0.303354,
        21483: 0.303354,
        20958: 0.303354,
        56806: 0.513624,
        18043: 0.8,
        65536: 0.4,
    }


def test_features_are_equal_in_every_process() -> None:
    """Python's own hash differs from process to process; these must not."""
    code = (
        "from worker.classifiers.linear import SELF_TEST, features;"
        "print(sorted(features(SELF_TEST, None).items()))"
    )

    said = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed},
            cwd=SHIPPED.parents[1],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }

    assert len(said) == 1


# The model that ships


def test_the_shipped_model_answers_with_a_probability_for_each_class(
    shipped: LinearClassifier,
) -> None:
    found = shipped.classify([review("Долго"), review("<b>&<eos>"), review("👍" * 100)])

    assert found.shape == (3, len(TAXONOMY.ids))
    assert found.dtype == np.float32
    assert ((found >= 0) & (found <= 1)).all()


def test_no_reviews_give_no_answers(shipped: LinearClassifier) -> None:
    assert shipped.classify([]).shape == (0, len(TAXONOMY.ids))
    assert matrix([], SCALE).shape == (0, COLUMNS)


@pytest.mark.parametrize(
    ("asked", "slug"),
    [
        (review("Очень долгая доставка", 1, "DELIVERY"), "slow-delivery"),
        (review("Цены очень высокие", 2, "PRICE"), "high-prices"),
        (review("Маленький ассортимент", 3, "ASSORTMENT"), "small-range"),
        (review("Большое спасибо за работу! 👍", 6), "thanks"),
    ],
)
def test_the_shipped_model_classifies_simple_complaints(
    shipped: LinearClassifier, asked: ReviewInput, slug: str
) -> None:
    (row,) = shipped.classify([asked]).tolist()
    decision = decide(row, shipped.manifest.labels, shipped.manifest.rule)

    assert slug in [TAXONOMY.by_id[class_id].slug for class_id in decision.classes]


def test_answers_do_not_depend_on_the_batch(shipped: LinearClassifier) -> None:
    reviews = [review(text, 2, "PRICE") for text in ("Дорого", "Долго везли", "Спасибо", "👎")]

    together = shipped.classify(reviews)
    alone = np.concatenate([shipped.classify([one]) for one in reviews])

    assert np.array_equal(together, alone)


@pytest.mark.parametrize("text", ["Долгая доставка", "Всё хорошо, спасибо", "Цены выросли", "?"])
def test_probabilities_for_rating_five_are_between_those_of_four_and_six(
    shipped: LinearClassifier, text: str
) -> None:
    """No review that was learnt from has it, and customers give it."""
    four, five, six = shipped.classify([review(text, rating, "PRICE") for rating in (4, 5, 6)])

    assert (np.minimum(four, six) <= five).all()
    assert (five <= np.maximum(four, six)).all()
    assert (four != six).any()


def test_a_long_review_has_a_higher_cost_than_a_short_one(shipped: LinearClassifier) -> None:
    assert shipped.cost(review("а")) == 25
    assert shipped.cost(review("а" * 320)) == 125


def test_two_hundred_long_reviews_take_at_most_a_second(shipped: LinearClassifier) -> None:
    reviews = [review(f"Курьер номер {n} опоздал, а цены всё растут. " * 6) for n in range(200)]
    shipped.classify(reviews[:1])

    started = time.process_time()
    shipped.classify(reviews)

    assert time.process_time() - started <= 1


def test_the_shipped_weights_are_small_and_contain_only_numbers() -> None:
    """Nothing but three arrays is in the file, so there is no room for a word of a review."""
    path = SHIPPED / WEIGHTS
    content = path.read_bytes()
    size = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + size])
    arrays = sum(tensor.nbytes for tensor in load_file(path).values())

    assert len(content) <= 8_000_000
    assert set(header) == {"slope", "bias", "self_test"}
    assert all(set(of) == {"dtype", "shape", "data_offsets"} for of in header.values())
    assert len(content) == 8 + size + arrays


def test_the_shipped_folder_contains_no_review_text() -> None:
    names = {path.name for path in SHIPPED.iterdir()}
    written = " ".join((SHIPPED / name).read_text() for name in names - {WEIGHTS, KNOWN_RUNS})

    assert names == {WEIGHTS, KNOWN_RUNS, MANIFEST, "README.md", "fit.json", "trained_on.json"}
    assert not re.search("[а-яё]", written, re.IGNORECASE)


def test_the_shipped_manifest_has_the_metrics_of_both_fallbacks() -> None:
    manifest = read_manifest(SHIPPED)

    assert manifest.rule.fallback == "most_probable"
    assert [figures.how.rpartition("fallback ")[2] for figures in manifest.metrics] == [
        "most_probable",
        "class 19",
    ]
    assert manifest.metrics[0].exact_match > manifest.metrics[1].exact_match


def test_serving_loads_neither_scikit_learn_nor_torch_nor_aiogram() -> None:
    code = (
        "import sys, worker.classifiers.linear;print(*{name.split('.')[0] for name in sys.modules})"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()

    assert "worker" in loaded
    assert not {"sklearn", "pandas", "torch", "aiogram", "joblib"} & set(loaded)
