import json
from typing import Any

import pytest

from sandbox.errors import Refused
from sandbox.telegram.keyboard import keyboard_json, parse_keyboard

BUTTON = {"text": "ok", "callback_data": "x"}


def markup(*buttons: Any) -> str:
    return json.dumps({"inline_keyboard": [list(buttons)]})


def test_a_keyboard_is_returned_unchanged() -> None:
    given = {"inline_keyboard": [[BUTTON], [{"text": "site", "url": "https://a.b"}, BUTTON]]}

    assert keyboard_json(parse_keyboard(json.dumps(given))) == given


@pytest.mark.parametrize(
    "given", ["", '{"inline_keyboard": []}', '{"inline_keyboard": [[]]}', '{"force_reply": true}']
)
def test_markup_without_buttons_gives_an_empty_keyboard(given: str) -> None:
    assert parse_keyboard(given) == ()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("{", "can't parse reply keyboard markup JSON object"),
        ("[]", "object expected as reply markup"),
        ('{"inline_keyboard": "bad"}', 'field "inline_keyboard" must be of type Array'),
        ('{"inline_keyboard": ["bad"]}', 'field "inline_keyboard" must be an Array of Arrays'),
        ('{"force_reply": "yes"}', 'field "force_reply" must be of type Boolean'),
        (
            '{"inline_keyboard": [["bad"]]}',
            "can't parse inline keyboard button: InlineKeyboardButton must be an Object",
        ),
        (
            markup({"callback_data": "x"}),
            "can't parse inline keyboard button: Can't find field \"text\"",
        ),
        (
            markup({"text": "x", "callback_data": ""}),
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
        ),
        (markup({"text": "x", "callback_data": "я" * 33}), "BUTTON_DATA_INVALID"),
        (markup(*[BUTTON] * 101), "reply markup is too long"),
        (
            markup({"text": "x", "url": "nowhere"}),
            "inline keyboard button URL 'nowhere' is invalid: Wrong HTTP URL",
        ),
        (
            markup({"text": "x", "url": "ftp://a.b"}),
            "inline keyboard button URL 'ftp://a.b' is invalid: Unsupported URL protocol",
        ),
    ],
)
def test_an_invalid_inline_keyboard_is_refused(given: str, words: str) -> None:
    with pytest.raises(Refused) as refused:
        parse_keyboard(given)

    assert refused.value.description == f"Bad Request: {words}"


def test_64_bytes_of_callback_data_and_100_buttons_are_accepted() -> None:
    largest = {"text": "x", "callback_data": "я" * 32}

    assert len(parse_keyboard(markup(*[largest] * 100))[0]) == 100


def test_an_edit_accepts_inline_keyboards_only() -> None:
    with pytest.raises(Refused, match="inline keyboard expected"):
        parse_keyboard('{"force_reply": true}', editing=True)
