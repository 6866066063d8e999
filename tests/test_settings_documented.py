"""`.env.example` and the settings classes say the same, in both directions."""

import re
from itertools import pairwise
from pathlib import Path

import pytest
from pydantic_settings import BaseSettings

from bot.settings import BotSettings
from worker.settings import WorkerSettings

EXAMPLE = Path(__file__).parent.parent / ".env.example"
CLASSES = (BotSettings, WorkerSettings)


def documented() -> dict[str, str]:
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if re.match(r"[A-Z_]+=", line))


def test_the_example_file_lists_exactly_the_settings() -> None:
    settings = {name.upper() for cls in CLASSES for name in cls.model_fields}

    assert set(documented()) == settings


@pytest.mark.parametrize("cls", CLASSES)
def test_the_example_file_has_the_default_values(
    cls: type[BaseSettings], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in documented():
        monkeypatch.delenv(name, raising=False)
    token = {"bot_token": "1:A"} if cls is BotSettings else {}

    example = cls(_env_file=EXAMPLE, **token)
    defaults = cls(_env_file=None, **token)

    assert example == defaults


def test_every_setting_in_the_example_file_has_a_comment() -> None:
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    bare = [
        line
        for before, line in pairwise(lines)
        if re.match(r"[A-Z_]+=", line)
        and not before.startswith("#")
        and line.split("=")[0] not in {"REDIS_URL", "LOG_LEVEL"}  # their names say it all
    ]

    assert not bare
