"""What the doctor says of a webhook."""

from typing import Any

import pytest
from aiogram.types import WebhookInfo

from bot.console.update_check import check_update_intake

URL = "https://bot.example.com/telegram"


def info(url: str = "", waiting: int = 0, **more: Any) -> WebhookInfo:
    return WebhookInfo(url=url, has_custom_certificate=False, pending_update_count=waiting, **more)


@pytest.mark.parametrize(
    ("found", "wanted", "words"),
    [
        (info(), "", "the bot asks for them"),
        (info(URL), "", f"Telegram pushes to {URL} until the bot starts"),
        (info(), URL, f"the bot lets Telegram push to {URL} when it starts"),
        (info("https://old.example.com"), URL, f"the bot lets Telegram push to {URL} when"),
        (info(URL), URL, f"Telegram pushes to {URL}"),
        (info(URL, last_error_message="Connection refused"), URL, f"Telegram pushes to {URL}"),
    ],
)
def test_what_is_well_is_said(found: WebhookInfo, wanted: str, words: str) -> None:
    finding = check_update_intake(found, wanted)
    assert finding.ok
    assert finding.text.startswith(f"updates: {words}")


def test_what_telegram_cannot_push_is_said_with_its_reason() -> None:
    finding = check_update_intake(info(URL, 3, last_error_message="SSL error {certificate}"), URL)
    assert not finding.ok
    assert finding.text == (
        f"updates: Telegram cannot push to {URL} (SSL error {{certificate}}), 3 wait; "
        "let what is in front of the bot pass them on"
    )
