"""Different spellings of one text must be the same text for every part of the CPU model."""

import unicodedata

import pytest

from triage.review import ReviewInput
from worker.classifiers import linear
from worker.classifiers.familiarity import runs
from worker.classifiers.normalization import normalize

PLAIN = "Доставка долгая, ёлка и йод"


@pytest.mark.parametrize(
    "written",
    [
        "До́ста́вка до́лгая, ёлка и йод",
        "До\N{COMBINING GRAVE ACCENT}ставка долгая, елка и йод",
        PLAIN.upper(),
        unicodedata.normalize("NFD", PLAIN),
        "Доставка долгая, ёлка и йод",
    ],
    ids=["stress marks", "grave accent", "upper case", "decomposed", "as written"],
)
def test_case_stress_marks_and_unicode_form_do_not_change_the_features(written: str) -> None:
    assert normalize(written) == normalize(PLAIN)
    assert linear.features(_review(written), None) == linear.features(_review(PLAIN), None)
    assert list(runs(written)) == list(runs(PLAIN))


@pytest.mark.parametrize("word", ["café", "naïve", "über", "cộng"])
def test_accents_that_belong_to_a_letter_are_kept(word: str) -> None:
    assert normalize(unicodedata.normalize("NFD", word)) == word


def _review(text: str) -> ReviewInput:
    return ReviewInput(None, (), text)
