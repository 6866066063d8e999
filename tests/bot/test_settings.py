from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from bot.form.text_limit import MAX_TEXT_LENGTH
from bot.settings import BotSettings
from tests.console import told_nothing
from triage.queue.limits import MAX_QUEUED

TOKEN = "123456:AbC-dEf_789"


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    told_nothing(BotSettings, monkeypatch, tmp_path)


def settings(**values: Any) -> BotSettings:
    return BotSettings(**{"bot_token": TOKEN, **values})


def problem(caught: pytest.ExceptionInfo[ValidationError]) -> str:
    """Return what the command line prints: the setting's name and what is wrong with it."""
    [error] = caught.value.errors()
    return f"{error['loc'][0]}: {error['msg']}"


def test_the_token_is_the_only_required_setting() -> None:
    chosen = settings()
    assert chosen.moderators_chat_id is None
    assert (chosen.text_limit, chosen.max_queued, chosen.pace_group) == (300, MAX_QUEUED, True)


@pytest.mark.parametrize(
    "token",
    [
        "",
        "987654",
        "987654:",
        ":abc",
        "abc:def",
        "98 7654:abc",
        "987654:ab c",
        "987654:abc\n",
        "٣:a",
    ],
)
def test_the_error_for_an_invalid_token_does_not_contain_it(token: str) -> None:
    with pytest.raises(ValidationError) as caught:
        settings(bot_token=token)
    assert problem(caught).startswith("bot_token: Value error, not a token; @BotFather")
    assert not token.strip() or token.strip() not in problem(caught)


def test_the_error_names_a_missing_token() -> None:
    with pytest.raises(ValidationError) as caught:
        BotSettings()
    assert problem(caught) == "bot_token: Field required"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("text_limit", MAX_TEXT_LENGTH + 1),
        ("text_limit", 9),
        ("moderators_language", "de"),
        ("time_zone", "Moscow"),
        ("time_zone", "Europe"),
        ("time_zone", "+03:00"),
        ("time_zone", "/etc/localtime"),
        ("time_zone", "../../etc/passwd"),
        ("moderators_chat_id", "@group"),
        ("moderators_chat_id", "5001"),
        ("reviews_per_minute", 0),
        ("max_queued", 0),
        ("lease_s", 0),
        ("reconcile_s", -1),
        ("pace_group", "perhaps"),
        ("log_level", "LOUD"),
        ("redis_url", "localhost:6379"),
    ],
)
def test_the_error_for_an_invalid_value_names_the_setting(name: str, value: Any) -> None:
    with pytest.raises(ValidationError) as caught:
        settings(**{name: value})
    assert problem(caught).startswith(f"{name}: ")


def test_the_text_limit_may_be_the_longest_text_that_fits_into_a_card() -> None:
    assert settings(text_limit=MAX_TEXT_LENGTH).text_limit == MAX_TEXT_LENGTH


def test_secrets_are_in_no_representation_of_the_settings() -> None:
    chosen = settings(
        redis_url="redis://:hunter2@redis/0",
        database_url="postgresql+asyncpg://me:hunter2@db/triage",
    )
    for said in (repr(chosen), str(chosen), str(chosen.model_dump()), chosen.model_dump_json()):
        assert TOKEN not in said
        assert "hunter2" not in said
    with pytest.raises(ValidationError) as caught:
        settings(redis_url="hunter2")
    assert "hunter2" not in problem(caught)


def test_the_env_file_is_read_and_an_empty_value_means_the_default(tmp_path: Path) -> None:
    lines = [f"BOT_TOKEN={TOKEN}", "MODERATORS_CHAT_ID=", "TEXT_LIMIT=200", "WORKER_MODEL=x"]
    (tmp_path / ".env").write_text("\n".join(lines), encoding="utf-8")
    chosen = BotSettings()
    assert chosen.bot_token.get_secret_value() == TOKEN
    assert chosen.moderators_chat_id is None
    assert chosen.text_limit == 200


def test_the_environment_overrides_the_env_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text(f"BOT_TOKEN={TOKEN}\nMODERATORS_CHAT_ID=-5\n", encoding="utf-8")
    monkeypatch.setenv("MODERATORS_CHAT_ID", "-1001234567890")
    assert BotSettings().moderators_chat_id == -1001234567890


def test_settings_are_immutable() -> None:
    with pytest.raises(ValidationError):
        settings().text_limit = 100  # type: ignore[misc]


def test_the_error_for_a_missing_webhook_secret_says_how_to_create_one() -> None:
    with pytest.raises(ValidationError) as caught:
        settings(webhook_url="https://bot.example.com/hook")
    assert problem(caught).startswith("webhook_secret: Value error, WEBHOOK_URL needs it")
    assert "openssl rand -hex 32" in problem(caught)


def test_a_webhook_with_its_secret_is_accepted() -> None:
    chosen = settings(webhook_url="https://bot.example.com/hook", webhook_secret="a-B_9")
    assert (chosen.webhook_secret.get_secret_value(), chosen.bot_port) == ("a-B_9", None)


@pytest.mark.parametrize("secret", ["ключ", "a b", "a" * 257])
def test_the_error_for_an_invalid_webhook_secret_does_not_contain_it(secret: str) -> None:
    with pytest.raises(ValidationError) as caught:
        settings(webhook_url="https://bot.example.com", webhook_secret=secret)
    assert problem(caught).startswith("webhook_secret: ")
    assert secret not in problem(caught)


@pytest.mark.parametrize("url", ["http://bot.example.com", "bot.example.com", "https://"])
def test_a_webhook_url_must_use_https(url: str) -> None:
    with pytest.raises(ValidationError) as caught:
        settings(webhook_url=url, webhook_secret="s")
    assert problem(caught).startswith("webhook_url: Value error, Telegram pushes to https://")


def test_a_webhook_url_may_use_http_with_a_local_bot_api_server() -> None:
    local = {"telegram_api_url": "http://127.0.0.1:8081", "webhook_secret": "s"}
    assert settings(webhook_url="http://bot:8080/hook", **local).webhook_url


def test_office_hours_are_in_the_configured_time_zone() -> None:
    office = settings(office_hours="Sat 10:00-14:00", time_zone="Europe/Moscow").office
    assert office.periods == {5: [(600, 840)]}
    assert str(office.zone) == "Europe/Moscow"


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("office_hours", "always", "office_hours: Value error, 'always' is not like Mon-Fri"),
        ("time_zone", "Mars/Base", "time_zone: Value error, not a time zone; write one like"),
        ("time_zone", "../etc/passwd", "time_zone: Value error, not a time zone"),
    ],
)
def test_the_error_for_invalid_office_hours_or_time_zone_names_the_reason(
    name: str, value: str, reason: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        settings(**{name: value})
    assert reason in problem(caught)
