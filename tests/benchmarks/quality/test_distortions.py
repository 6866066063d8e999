import random

from benchmarks.quality.distortions import (
    DISTORTIONS,
    no_punctuation,
    transliterated,
    typing_errors,
)
from training.dataset.folds import text_key

TEXT = "Ждали заказ [NUM] минут, курьер не позвонил!"


def test_each_distortion_changes_the_text_and_keeps_the_masked_number() -> None:
    for name, distort in DISTORTIONS.items():
        found = distort(TEXT * 5, random.Random(1))
        assert (found == TEXT * 5) is (name == "as written"), name
        assert "[NUM]" in found, name


def test_typing_errors_change_some_letters_and_hardly_the_length() -> None:
    text = "курьер" * 2000
    found = typing_errors(text, random.Random(1))
    changed = sum(a != b for a, b in zip(text, found, strict=False))
    assert found != text
    assert abs(len(found) - len(text)) < 0.02 * len(text)
    assert changed > 0


def test_removing_punctuation_keeps_the_words() -> None:
    assert no_punctuation("Да, нет!", random.Random(1)) == "да нет"
    assert text_key(no_punctuation(TEXT, random.Random(1))) == text_key(TEXT)


def test_a_transliterated_text_has_no_cyrillic_letter() -> None:
    assert transliterated("Щедрый съезд", random.Random(1)) == "Schedryy sezd"
