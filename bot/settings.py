"""The bot's settings; `.env.example` names each of them, and a test compares the two."""

import re
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from bot.form.text_limit import MAX_TEXT_LENGTH
from bot.schedule.office_hours import OfficeHours, parse_office_hours
from triage.queue.limits import MAX_QUEUED
from triage.review import Language
from triage.settings import LOOPBACK, SharedSettings

TELEGRAM = "https://api.telegram.org"


class BotSettings(SharedSettings):
    """The bot's own settings, in addition to the shared ones."""

    bot_token: SecretStr
    moderators_chat_id: int | None = None
    moderators_language: Language = "ru"
    # For all times that people read; logs use the server's time zone.
    time_zone: str = "UTC"
    database_url: SecretStr = SecretStr("sqlite+aiosqlite:///data/triage.db")
    database_password: SecretStr | None = None
    telegram_api_url: str = TELEGRAM
    webhook_url: str = ""
    webhook_secret: SecretStr = SecretStr("")
    bot_port: int | None = Field(default=None, ge=1, le=65535)
    bot_host: str = LOOPBACK
    # Above MAX_TEXT_LENGTH the moderators' card would not fit into a caption.
    text_limit: int = Field(default=300, ge=10, le=MAX_TEXT_LENGTH)
    reviews_per_minute: int = Field(default=5, ge=1)
    reviews_per_day: int = Field(default=100, ge=1)
    max_queued: int = Field(default=MAX_QUEUED, ge=1)
    pace_group: bool = True
    reconcile_s: float = Field(default=30, gt=0)
    # Where a moderator corrects: in the private chat, or in the group, where only they see it.
    desk_panel: Literal["private", "group"] = "private"
    # What cards call customers; the number of the review identifies nobody.
    customer_names: Literal["number", "alias", "first_name"] = "number"
    # Customers get a receipt only, and moderators label.
    training_mode: bool = False
    # None: texts are kept until their author erases them.
    retention_days: int | None = Field(default=None, ge=1)
    # When the team works, in `time_zone`.
    office_hours: str = "Mon-Fri 09:00-18:00"

    @property
    def office(self) -> OfficeHours:
        """When the team works."""
        return parse_office_hours(self.office_hours, ZoneInfo(self.time_zone))

    @field_validator("bot_token")
    @classmethod
    def _looks_like_a_token(cls, token: SecretStr) -> SecretStr:
        if not re.fullmatch(r"[0-9]+:[A-Za-z0-9_-]+", token.get_secret_value()):
            raise ValueError("not a token; @BotFather gives one like 123456:ABC-DEF")
        return token

    @field_validator("moderators_chat_id", mode="before")
    @classmethod
    def _looks_like_a_group(cls, chat_id: Any) -> Any:
        if chat_id is not None and not re.fullmatch(r"-[1-9][0-9]*", str(chat_id).strip()):
            raise ValueError(
                "not the number of a group, which begins with -; send /chatid there to get it"
            )
        return chat_id

    @field_validator("office_hours")
    @classmethod
    def _are_office_hours(cls, text: str) -> str:
        parse_office_hours(text, ZoneInfo("UTC"))
        return text

    @field_validator("time_zone")
    @classmethod
    def _is_a_time_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: a folder, such as "Europe"
            raise ValueError("not a time zone; write one like Europe/Moscow") from None
        return name

    @field_validator("webhook_url")
    @classmethod
    def _can_be_pushed_to(cls, url: str, info: ValidationInfo) -> str:
        is_telegram = info.data.get("telegram_api_url") == TELEGRAM
        if url and not re.match(r"https://[^/]" if is_telegram else r"https?://[^/]", url):
            raise ValueError("Telegram pushes to https:// only: name the public address")
        return url

    @field_validator("webhook_secret")
    @classmethod
    def _proves_who_pushes(cls, secret: SecretStr, info: ValidationInfo) -> SecretStr:
        value = secret.get_secret_value()
        if info.data.get("webhook_url") and not value:
            raise ValueError(
                "WEBHOOK_URL needs it, otherwise anyone could push updates; "
                "create one with: openssl rand -hex 32"
            )
        if not re.fullmatch(r"[A-Za-z0-9_-]{0,256}", value):
            raise ValueError("1 to 256 of the characters A-Z, a-z, 0-9, _ and -")
        return secret
