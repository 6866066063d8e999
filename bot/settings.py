"""
The bot's settings, read once from the environment, `.env` and `/run/secrets`.

`.env.example` names each of them; a test compares the two.
"""

import re
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.text_limit import MAX_TEXT_LENGTH
from triage.limits import LEASE_S, MAX_QUEUED
from triage.review import Language
from triage.taxonomy import DEFAULT_TAXONOMY

SECRETS = Path("/run/secrets")


class BotSettings(BaseSettings):
    """What the bot can be told."""

    model_config = SettingsConfigDict(
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",  # the same file holds the worker's settings
        frozen=True,
        secrets_dir=SECRETS if SECRETS.is_dir() else None,
    )

    bot_token: SecretStr
    moderators_chat_id: int | None = None
    moderators_language: Language = "ru"
    redis_url: SecretStr = SecretStr("redis://127.0.0.1:6379/0")
    redis_password: SecretStr | None = None
    database_url: SecretStr = SecretStr("sqlite+aiosqlite:///data/triage.db")
    database_password: SecretStr | None = None
    triage_key_file: Path = Path("keys/triage.key")
    taxonomy_file: Path = DEFAULT_TAXONOMY
    telegram_api_url: str = "https://api.telegram.org"
    # Above MAX_TEXT_LENGTH the moderators' card would not fit into a caption.
    text_limit: int = Field(default=300, ge=10, le=MAX_TEXT_LENGTH)
    reviews_per_minute: int = Field(default=5, ge=1)
    max_queued: int = Field(default=MAX_QUEUED, ge=1)
    pace_group: bool = True
    lease_s: float = Field(default=LEASE_S, gt=0)
    reconcile_s: float = Field(default=30, gt=0)
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @field_validator("bot_token")
    @classmethod
    def _looks_like_a_token(cls, token: SecretStr) -> SecretStr:
        if not re.fullmatch(r"[0-9]+:[A-Za-z0-9_-]+", token.get_secret_value()):
            raise ValueError("not a token; @BotFather gives one like 123456:ABC-DEF")
        return token

    @field_validator("redis_url")
    @classmethod
    def _looks_like_redis(cls, url: SecretStr) -> SecretStr:
        if not url.get_secret_value().startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("begins with redis://, rediss:// or unix://")
        return url
