"""
The settings that bot and worker share, and how each reads its own: once, in its command line.

From the environment, `.env` and `/run/secrets`, in this order; `.env.example` names each setting.
"""

import os
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from pydantic import BaseModel, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import SettingsConfigDict

from triage.chosen_taxonomy import TaxonomySettings
from triage.errors import BadSettings
from triage.logs import LogFormat, LogLevel
from triage.queue.limits import LEASE_S
from triage.queue.streams import Connections, connect

S = TypeVar("S", bound=BaseModel)

SECRETS = Path("/run/secrets")


# Metrics and webhooks are reachable from other machines only if the operator says so.
LOOPBACK = "127.0.0.1"


class SharedSettings(TaxonomySettings):
    """The settings that bot and worker share."""

    model_config = SettingsConfigDict(secrets_dir=SECRETS if SECRETS.is_dir() else None)

    redis_url: SecretStr = SecretStr("redis://127.0.0.1:6379/0")
    redis_password: SecretStr | None = None
    triage_key_file: Path = Path("keys/triage.key")
    lease_s: float = Field(default=LEASE_S, gt=0)
    log_level: LogLevel = "INFO"
    log_format: LogFormat = "text"

    @field_validator("redis_url")
    @classmethod
    def _looks_like_redis(cls, url: SecretStr) -> SecretStr:
        if not url.get_secret_value().startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("begins with redis://, rediss:// or unix://")
        return url


def read_settings(read: Callable[[], S]) -> S:
    """Return what `read` returns; BadSettings has one line for each setting that it refuses."""
    try:
        return read()
    except ValidationError as e:
        problems = e.errors(include_input=False, include_url=False)
        raise BadSettings("\n".join(map(_line, problems))) from None
    except OSError as e:
        raise BadSettings(
            f"{e.filename}: {e.strerror}; let user {os.getuid()} read it, or remove it"
        ) from None


def read_valid(
    settings: type[S], stand_ins: Mapping[str, str] = MappingProxyType({})
) -> tuple[S, dict[str, str]]:
    """
    Return the settings, and a line for each that is refused, by its name.

    In place of a refused one there is its default, or one of `stand_ins` without a valid default.
    """
    try:
        return settings(), {}
    except ValidationError as e:
        problems = e.errors(include_input=False, include_url=False)
    except OSError:
        return read_settings(settings), {}
    refused = {str(problem["loc"][0]): _line(problem) for problem in problems}
    fields = settings.model_fields
    instead = {name: stand_ins.get(name, fields[name].get_default()) for name in refused}
    return read_settings(lambda: settings(**instead)), refused


def secret_value(secret: SecretStr | None) -> str | None:
    """Return the value of a secret, None if it is not set."""
    return None if secret is None else secret.get_secret_value()


@asynccontextmanager
async def connected(settings: SharedSettings) -> AsyncIterator[Connections]:
    """Yield clients for REDIS_URL, and close them; QueueUnavailable if it is not a URL."""
    password = secret_value(settings.redis_password)
    connections = connect(settings.redis_url.get_secret_value(), password)
    try:
        yield connections
    finally:
        await connections.aclose()


def _line(problem: Any) -> str:
    name = ".".join(map(str, problem["loc"])).upper()
    if problem["type"] == "missing":
        return f"setting {name}: missing; .env.example says where it comes from"
    return f"setting {name}: {problem['msg'].removeprefix('Value error, ')}"
