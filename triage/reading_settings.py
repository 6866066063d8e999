"""Reads a part's settings; says of each that cannot be used what is wrong, without its value."""

import os
from collections.abc import Callable
from typing import Any, TypeVar

from pydantic import BaseModel, SecretStr, ValidationError

from triage.errors import BadSettings

S = TypeVar("S", bound=BaseModel)


def read_settings(read: Callable[[], S]) -> S:
    """Return what `read` returns; BadSettings has one line for each setting that it refuses."""
    try:
        return read()
    except ValidationError as e:
        problems = e.errors(include_input=False, include_url=False)
        raise BadSettings("\n".join(map(_line, problems))) from None
    except OSError as e:
        raise BadSettings(
            f"{e.filename}: {e.strerror}; let user {os.getuid()} read it, or take it away"
        ) from None


def revealed(secret: SecretStr | None) -> str | None:
    """Return what is secret, None where nothing was given."""
    return None if secret is None else secret.get_secret_value()


def _line(problem: Any) -> str:
    name = ".".join(map(str, problem["loc"])).upper()
    if problem["type"] == "missing":
        return f"setting {name}: missing; .env.example says where it comes from"
    return f"setting {name}: {problem['msg'].removeprefix('Value error, ')}"
