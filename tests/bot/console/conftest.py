"""The bot's command line, as whoever runs it sees it."""

from pathlib import Path

import pytest

from bot.__main__ import main
from bot.settings import BotSettings
from tests.console import Run, runner, told_nothing


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Return how to run the bot in an empty folder: exit code, and the lines that it printed."""
    told_nothing(BotSettings, monkeypatch, tmp_path)
    monkeypatch.delenv("HF_TOKEN", raising=False)
    monkeypatch.setenv("BOT_TOKEN", "1:a")
    monkeypatch.setenv("TELEGRAM_API_URL", "http://127.0.0.1:1")
    return runner(main, monkeypatch, capsys)
