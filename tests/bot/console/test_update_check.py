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
        (info(), "", "polling"),
        (info(URL), "", f"polling; the bot deletes the webhook {URL} when it starts"),
        (info(), URL, f"the bot sets the webhook {URL} when it starts"),
        (info("https://old.example.com"), URL, f"the bot sets the webhook {URL} when"),
        (info(URL), URL, f"webhook {URL}"),
        (info(URL, last_error_message="Connection refused"), URL, f"webhook {URL}"),
    ],
)
def test_a_working_update_intake_is_reported_as_ok(
    found: WebhookInfo, wanted: str, words: str
) -> None:
    finding = check_update_intake(found, wanted)
    assert finding.ok
    assert finding.text.startswith(f"updates: {words}")


def test_an_unreachable_webhook_is_reported_with_the_reason() -> None:
    finding = check_update_intake(info(URL, 3, last_error_message="SSL error {certificate}"), URL)
    assert not finding.ok
    assert finding.text == (
        f"updates: Telegram cannot reach the webhook {URL} (SSL error {{certificate}}), "
        "3 updates wait; check the reverse proxy and the firewall"
    )
