"""Every part reads its settings in the same way, and ends with one line if a file is unreadable."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

import bot.__main__
import worker.__main__
from bot.settings import BotSettings
from tests.console import Run, runner, told_nothing
from triage.errors import BadSettings
from triage.settings import read_settings, secret_value
from worker.settings import WorkerSettings

COMMANDS: list[tuple[Callable[..., int], tuple[str, ...]]] = [
    (bot.__main__.main, ()),
    (bot.__main__.main, ("doctor",)),
    (bot.__main__.main, ("health",)),
    (bot.__main__.main, ("backup", "b")),
    (bot.__main__.main, ("init", "--key", "k", "--secrets", "s")),
    (worker.__main__.main, ()),
    (worker.__main__.main, ("doctor",)),
    (worker.__main__.main, ("health",)),
]


@pytest.fixture(params=COMMANDS, ids=lambda command: " ".join((command[0].__module__, *command[1])))
def run_it(
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> Callable[[], tuple[int, list[str]]]:
    """Return how to run a command in an empty folder."""
    told_nothing(BotSettings, monkeypatch, tmp_path)
    told_nothing(WorkerSettings, monkeypatch, tmp_path)
    main, arguments = request.param
    run: Run = runner(main, monkeypatch, capsys)
    return lambda: run(*arguments)


def in_utf_16() -> None:
    Path(".env").write_text("BOT_TOKEN=1:a\n", encoding="utf-16")


def in_a_code_page() -> None:
    Path(".env").write_bytes("BOT_TOKEN=1:a\nREDIS_PASSWORD=пароль\n".encode("cp1251"))


def folder() -> None:
    Path(".env").mkdir()


def without_equals_sign() -> None:
    Path(".env").write_text("BOT_TOKEN 1:a\n")


@pytest.mark.parametrize("spoil", [in_utf_16, in_a_code_page, folder, without_equals_sign])
def test_an_unreadable_env_file_ends_every_command_with_code_2(
    run_it: Callable[[], tuple[int, list[str]]], spoil: Callable[[], None]
) -> None:
    spoil()
    code, [line] = run_it()
    assert code == 2
    assert line.partition(": ")[2].startswith(".env")


@pytest.fixture
def _nothing_is_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    told_nothing(BotSettings, monkeypatch, tmp_path)


@pytest.mark.usefixtures("_nothing_is_set")
def test_a_dollar_sign_in_a_password_is_not_expanded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("x", "of another variable")
    Path(".env").write_text("BOT_TOKEN=1:a\nREDIS_PASSWORD=a${x}b\nDATABASE_PASSWORD=$x\n")
    settings = BotSettings()
    assert secret_value(settings.redis_password) == "a${x}b"
    assert secret_value(settings.database_password) == "$x"


@pytest.mark.usefixtures("_nothing_is_set")
@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("пароль".encode("cp1251"), "redis_password, line 1: is not UTF-8"),
        ("secret".encode("utf-16"), "redis_password: is UTF-16; save it as UTF-8"),
        (None, "redis_password: is a folder; put a file with the value in its place"),
    ],
)
def test_an_unreadable_secret_file_gives_a_one_line_error(
    tmp_path: Path, content: bytes | None, words: str
) -> None:
    path = tmp_path / "secrets" / "redis_password"
    path.parent.mkdir()
    path.mkdir() if content is None else path.write_bytes(content)
    with pytest.raises(BadSettings, match=words):
        read_settings(lambda: BotSettings(bot_token="1:a", _secrets_dir=tmp_path / "secrets"))


@pytest.mark.usefixtures("_nothing_is_set")
def test_an_empty_secret_file_is_no_value(tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir()
    for name in ("bot_port", "redis_password"):
        (tmp_path / "secrets" / name).write_text("\n")
    settings = read_settings(
        lambda: BotSettings(bot_token="1:a", _secrets_dir=tmp_path / "secrets")
    )
    assert (settings.bot_port, settings.redis_password) == (
        BotSettings(bot_token="1:a").bot_port,
        None,
    )


@pytest.mark.usefixtures("_nothing_is_set")
def test_the_error_names_a_setting_that_is_not_utf_8() -> None:
    os.environb[b"DATABASE_PASSWORD"] = "пароль".encode("cp1251")
    try:
        with pytest.raises(BadSettings, match=r"^setting DATABASE_PASSWORD: is not UTF-8"):
            read_settings(lambda: BotSettings(bot_token="1:a"))
    finally:
        del os.environb[b"DATABASE_PASSWORD"]


@pytest.mark.usefixtures("_nothing_is_set")
def test_the_error_names_an_env_file_without_read_permission(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Path(".env").write_text("BOT_TOKEN=1:a\n")

    def refuse(path: Path) -> bytes:  # root, who may run the tests, reads everything
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(BadSettings, match=r"^\.env: Permission denied; let user \d+ read it"):
        read_settings(BotSettings)
