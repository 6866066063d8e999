import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.desk.inert import inert
from sandbox.telegram.formatting import fix

LIVE = [
    "@durov",
    "write @support_bot now",
    "/r12",
    "see /r12@TheBot",
    "#delivery",
    "https://example.com/pay?x=1",
    "http://evil.example",
    "mail a.b@example.com please",
]


def found(text: str) -> set[str]:
    return {entity.kind for entity in fix(text, ()).entities}


@pytest.mark.parametrize("text", LIVE)
def test_clickable_text_is_made_inert_and_looks_the_same(text: str) -> None:
    assert found(text)
    assert not found(inert(text))
    assert inert(text).replace("\u200b", "") == text


@pytest.mark.parametrize("text", ["example.com", "t.me/joinchat", "www.shop.ru"])
def test_a_domain_without_a_scheme_is_made_inert(text: str) -> None:
    assert ".\u200b" in inert(text)


@pytest.mark.parametrize(
    "text", ["1.5 кг, 10:30", "и т. д.", "да/нет", "№ 5", "Ждали. Не приехали."]
)
def test_ordinary_text_is_almost_unchanged(text: str) -> None:
    assert inert(text).replace("\u200b", "") == text
    assert "\u200b" not in inert(text) or "/" in text


@given(st.text("@#/.:abc1 _-"))
def test_inert_text_contains_nothing_clickable(text: str) -> None:
    assert not found(inert(text))
