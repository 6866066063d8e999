"""
The wording of every prompt version, compared byte for byte with a file.

A model was trained on one wording; a file here changes only when a version is added.
"""

from pathlib import Path

import pytest

from triage.errors import ManifestMismatch
from triage.prompt import PROMPTS, check_template, is_template, render
from triage.review import ReviewInput

GOLDEN = Path(__file__).with_name("golden")

REVIEWS = {
    "plain": ReviewInput(6, ("PRICE", "DELIVERY"), "Сыр подорожал, а везли его два часа"),
    "without-tags": ReviewInput(0, (), "Ключ от подъезда не нужен!"),
    "without-rating": ReviewInput(None, ("PRICE",), "Сыр подорожал"),
    "untidy": ReviewInput(
        5, ("SUPPORT",), " \n  Пишу ВАМ\nв 3-й раз:  «где чек?» 🧾 <b>&{x}</b>\t "
    ),
}


@pytest.mark.parametrize("case", REVIEWS)
@pytest.mark.parametrize("version", PROMPTS)
def test_a_prompt_equals_its_golden_file(version: str, case: str) -> None:
    golden = GOLDEN / version / f"{case}.txt"
    assert render(version, REVIEWS[case]).encode() == golden.read_bytes()


def test_every_golden_file_is_used() -> None:
    files = {str(path.relative_to(GOLDEN)) for path in GOLDEN.rglob("*.txt")}
    assert files == {f"{version}/{case}.txt" for version in PROMPTS for case in REVIEWS}


@pytest.mark.parametrize("version", ["assessment-v1", "competition-v1"])
@pytest.mark.parametrize(("rating", "written"), [(0, "0.0"), (5, "5.0"), (6, "6.0")])
def test_a_rating_is_written_with_one_decimal(version: str, rating: int, written: str) -> None:
    assert f"assesment: {written}" in render(version, ReviewInput(rating, (), "text"))


@pytest.mark.parametrize("version", PROMPTS)
def test_tags_keep_the_order_in_which_they_were_tapped(version: str) -> None:
    one = render(version, ReviewInput(3, ("PRICE", "DELIVERY"), "text"))
    other = render(version, ReviewInput(3, ("DELIVERY", "PRICE"), "text"))
    assert "PRICE,DELIVERY" in one
    assert "DELIVERY,PRICE" in other


@pytest.mark.parametrize("version", PROMPTS)
def test_a_prompt_contains_no_special_tokens(version: str) -> None:
    prompt = render(version, ReviewInput(3, ("PRICE",), "text"))
    assert not any(
        token in prompt for token in ("<bos>", "<eos>", "<s>", "</s>", "<start_of_turn>")
    )


def test_the_error_for_an_unknown_prompt_version_lists_the_known_ones() -> None:
    with pytest.raises(ManifestMismatch) as caught:
        render("assessment-v9", REVIEWS["plain"])
    said = str(caught.value)
    assert "assessment-v9" in said
    assert all(version in said for version in PROMPTS)


TEMPLATE = "{rating} <sep> {tags} <sep> {text}"


@pytest.mark.parametrize(
    ("template", "case", "rendered"),
    [
        (TEMPLATE, "plain", "6.0 <sep> PRICE,DELIVERY <sep> Сыр подорожал, а везли его два часа"),
        (TEMPLATE, "without-tags", "0.0 <sep>  <sep> Ключ от подъезда не нужен!"),
        (
            "{raw_tags}\n{text}",
            "untidy",
            "{SUPPORT}\nПишу ВАМ\nв 3-й раз:  «где чек?» 🧾 <b>&{x}</b>",
        ),
    ],
)
def test_a_template_is_rendered_to_the_expected_bytes(
    template: str, case: str, rendered: str
) -> None:
    assert is_template(template)
    check_template(template)
    assert render(template, REVIEWS[case]).encode() == rendered.encode()


def test_placeholders_in_a_review_text_are_not_replaced() -> None:
    assert (
        render(TEMPLATE, ReviewInput(1, (), "{rating} {text}"))
        == "1.0 <sep>  <sep> {rating} {text}"
    )


@pytest.mark.parametrize("template", ["{text} {text}", "{stars} {text}", "{} {text}"])
def test_a_template_with_invalid_placeholders_is_refused(template: str) -> None:
    with pytest.raises(ManifestMismatch, match=r"must name \{text\} once"):
        check_template(template)


def test_no_version_looks_like_a_template() -> None:
    assert not any(map(is_template, PROMPTS))
