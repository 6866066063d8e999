from dataclasses import asdict
from string import Formatter

import pytest

from charts.words import WORDS, percent
from triage.cascade import Confidence
from triage.review import LANGUAGES


def test_every_language_has_all_texts_with_the_same_placeholders() -> None:
    assert set(WORDS) == set(LANGUAGES)

    def blanks(text: str) -> list[str | None]:
        return [field for _, field, _, _ in Formatter().parse(text) if field]

    ru, en = (asdict(WORDS[language]) for language in LANGUAGES)
    assert set(WORDS["ru"].confidence) == set(WORDS["en"].confidence) == set(Confidence)
    del ru["confidence"], en["confidence"]
    assert {k: blanks(v) for k, v in ru.items()} == {k: blanks(v) for k, v in en.items()}
    assert all({**ru, **en}.values())


@pytest.mark.parametrize(
    ("share", "said"),
    [(0, "0%"), (0.0001, "<1%"), (0.01, "1%"), (0.256, "26%"), (0.55, "55%"), (1, "100%")],
)
def test_shares_are_formatted_as_whole_percentages(share: float, said: str) -> None:
    assert percent(share, "en") == said


def test_russian_puts_a_no_break_space_before_the_percent_sign() -> None:
    assert percent(0.55, "ru") == "55\N{NO-BREAK SPACE}%"
