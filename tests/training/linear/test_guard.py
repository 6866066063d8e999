"""The guard of models of few texts: other languages stay unknown, and odd texts change nothing."""

import json
from pathlib import Path

import pytest

from training.dataset.review_files import read_rows
from training.linear.guard import LEAST_ASKED, learn_familiarity, warn_of_guard
from triage.taxonomy import load_taxonomy

ROOT = Path(__file__).parents[3]
CAFE = ROOT / "examples" / "cafe"
REVIEWS = json.loads(
    (ROOT / "tests/worker/classifiers/familiarity/reviews.json").read_text(encoding="utf-8")
)
FOREIGN = [
    text for name, texts in REVIEWS.items() if name not in ("english", "nonsense") for text in texts
]


@pytest.fixture(scope="module")
def cafe() -> list[str]:
    taxonomy = load_taxonomy(CAFE / "taxonomy.json")
    return [row.review.text for row in read_rows(CAFE / "reviews.csv", taxonomy)]


def test_the_guard_of_the_example_company_is_as_its_model_has_it(cafe: list[str]) -> None:
    assert learn_familiarity(cafe).least == 0.227


@pytest.mark.parametrize("odd", [[], ["Meh"], ["Meh", "Yuck"], ["👍", "12345"]])
@pytest.mark.parametrize("count", [20, 60, 90, 116])
def test_no_odd_text_of_a_few_lets_other_languages_pass(
    cafe: list[str], count: int, odd: list[str]
) -> None:
    familiarity = learn_familiarity([*cafe[:count], *odd])
    assert familiarity.least >= LEAST_ASKED
    assert familiarity.unread(FOREIGN).all()


def test_an_odd_short_text_does_not_lower_the_required_share(cafe: list[str]) -> None:
    assert learn_familiarity([*cafe, "Meh", "Yuck"]).least >= learn_familiarity(cafe).least


def test_titles_of_classes_are_known_but_do_not_lower_the_required_share(cafe: list[str]) -> None:
    titles = ["Qwerty Zxcvbn", "Qwerty Zxcvbn. Asdfgh"]
    familiarity = learn_familiarity(cafe, titles)
    assert familiarity.known_share(titles[0]) == 1
    assert familiarity.least == learn_familiarity(cafe).least


def test_texts_without_letters_have_a_guard_that_asks_the_least() -> None:
    assert learn_familiarity(["1", "👍"]).least == LEAST_ASKED


def test_a_guard_of_too_few_texts_gives_a_warning(
    cafe: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    warn_of_guard(cafe)
    assert not capsys.readouterr().err
    warn_of_guard(cafe[:20])
    assert "too few texts for the language guard" in capsys.readouterr().err
