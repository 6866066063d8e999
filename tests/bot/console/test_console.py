"""python -m bot, as whoever runs it sees it: commands, and settings that cannot be used."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from redis import Redis

from bot.archive.database import open_database
from bot.archive.reviews import Reviews
from bot.settings import BotSettings
from tests.bot.samples import new
from tests.console import Run
from tests.redis_server import RedisServer
from triage.key_file import create_key, new_key, read_seal
from triage.settings import secret_value
from worker.settings import WorkerSettings

NOBODY = "redis://127.0.0.1:1/0"


def evict(client: Redis) -> None:
    client.config_set("maxmemory", "100mb")
    client.config_set("maxmemory-policy", "allkeys-lru")


def lock(client: Redis) -> None:
    client.config_set("requirepass", "secret")


UNUSABLE = [
    ({"bot_token": ""}, "setting BOT_TOKEN: missing; .env.example says where it comes from"),
    ({"bot_token": "hello"}, "setting BOT_TOKEN: not a token; @BotFather gives one like"),
    ({"moderators_chat_id": "@group"}, "setting MODERATORS_CHAT_ID: not the number of a group"),
    ({"moderators_chat_id": "0"}, "setting MODERATORS_CHAT_ID: not the number of a group"),
    ({"redis_url": "localhost"}, "setting REDIS_URL: begins with redis://"),
]


@pytest.mark.parametrize(("settings", "words"), UNUSABLE)
@pytest.mark.parametrize("command", [[], ["health"], ["backup", "b"]])
def test_an_invalid_setting_ends_every_command_with_a_one_line_error(
    run: Run, settings: dict[str, str], words: str, command: list[str]
) -> None:
    code, [line] = run(*command, **settings)
    assert code == 2
    assert line.startswith(f"bot: {words}")


@pytest.mark.parametrize(("settings", "words"), UNUSABLE)
def test_the_doctor_names_refused_settings_and_checks_the_rest(
    run: Run, settings: dict[str, str], words: str
) -> None:
    code, lines = run("doctor", **settings, taxonomy_file="none.json")
    assert code == 1
    assert lines[0].startswith(f"WRONG {words}")
    assert [line for line in lines[1:] if "none.json" in line]


def test_the_doctor_names_all_refused_settings_and_asks_no_telegram_without_a_token(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BOT_TOKEN")
    code, lines = run("doctor", redis_url="redis", webhook_url="https://a.example", lease_s="-1")
    assert code == 1
    wrong = [line.removeprefix("WRONG setting ").partition(":")[0] for line in lines[:4]]
    assert sorted(wrong) == ["BOT_TOKEN", "LEASE_S", "REDIS_URL", "WEBHOOK_SECRET"]
    assert not [line for line in lines[4:] if "Telegram" in line or "Redis" in line]
    assert [line for line in lines[4:] if "archive" in line]


UNFIT = [
    ({"database_url": "sqlite+aiosqlite:///file/a.db"}, "archive sqlite+aiosqlite:///file/a.db: "),
    ({"database_url": "postgresql+asyncpg://a@127.0.0.1:1/b"}, "; start the database"),
    ({"triage_key_file": "file/key"}, "file/key"),
    ({"triage_key_file": "file"}, "key file file is empty; restore it from its backup"),
    ({"taxonomy_file": "none.json"}, "none.json"),
]


@pytest.mark.parametrize(("settings", "words"), UNFIT)
@pytest.mark.redis
def test_an_unusable_file_or_database_is_reported_at_start_and_by_the_doctor(
    run: Run, redis_url: str, tmp_path: Path, settings: dict[str, str], words: str
) -> None:
    (tmp_path / "file").touch()
    code, [line] = run(redis_url=redis_url, **settings)
    assert code == 1
    assert line.startswith("bot: ")
    assert words in line

    code, lines = run("doctor")
    assert code == 1
    assert [line for line in lines if line.startswith("WRONG ") and words in line]


@pytest.mark.redis
@pytest.mark.parametrize(
    ("spoil", "words"), [(evict, "set it to noeviction"), (lock, "correct REDIS_PASSWORD")]
)
def test_an_unusable_redis_gives_a_one_line_error(
    run: Run, own_redis: RedisServer, spoil: Callable[[Redis], None], words: str
) -> None:
    with Redis.from_url(own_redis.url) as client:
        spoil(client)
    code, [line] = run(redis_url=own_redis.url)
    assert (code, line[:5]) == (1, "bot: ")
    assert words in line
    assert words in run("doctor")[1][2]
    assert words in run("health")[1][0]


def test_an_unreachable_redis_gives_a_one_line_error(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("triage.queue.redis_check.WAIT_S", 0.3)
    code, [line] = run(redis_url=NOBODY)
    assert code == 1
    assert line.endswith("; start Redis, or correct REDIS_URL")


@pytest.mark.redis
def test_an_archive_encrypted_with_another_key_gives_a_one_line_error(
    run: Run, redis_url: str, tmp_path: Path
) -> None:
    create_key(tmp_path / "key")

    async def fill() -> None:
        engine = await open_database(f"sqlite+aiosqlite:///{tmp_path}/a.db")
        await Reviews(engine, read_seal(tmp_path / "key")).accept(new())
        await engine.dispose()

    asyncio.run(fill())
    (tmp_path / "other").write_bytes(new_key())
    settings = {"database_url": "sqlite+aiosqlite:///a.db", "triage_key_file": "other"}

    code, [line] = run(redis_url=redis_url, **settings)
    assert (code, line) == (
        1,
        "bot: the archive was encrypted with another key; restore the key file from its backup",
    )
    assert (
        "WRONG archive: was encrypted with another key; restore other from its backup"
        in run("doctor")[1]
    )


def test_init_creates_missing_files_and_reports_them_once(run: Run, tmp_path: Path) -> None:
    arguments = ("init", "--key", "keys/triage.key", "--secrets", "secrets")
    code, lines = run(*arguments)
    assert code == 0
    assert lines[0].startswith("created the key keys/triage.key: back it up")
    assert lines[1:] == ["created secrets/redis_password", "created secrets/database_password"]
    assert run(*arguments) == (0, [])
    read_seal(tmp_path / "keys" / "triage.key")


def test_init_copies_the_hub_token_for_the_worker_and_removes_it_again(
    run: Run, tmp_path: Path
) -> None:
    arguments = ("init", "--key", "keys/triage.key", "--secrets", "secrets")
    for line, token in (("hf_aBc", "hf_aBc"), ("hf_dEf", "hf_dEf"), ("", None)):
        (tmp_path / ".env").write_text(f"BOT_TOKEN=1:a\nHF_TOKEN={line}\n")
        code, said = run(*arguments)
        assert code == 0
        assert "hf_" not in "".join(said)
        worker = WorkerSettings(_env_file=None, _secrets_dir=tmp_path / "secrets")
        assert secret_value(worker.hf_token) == token
        assert secret_value(worker.redis_password), "the passwords stay"


def test_init_passes_chosen_passwords_to_the_services_that_do_not_read_the_env_file(
    run: Run, tmp_path: Path
) -> None:
    arguments = ("init", "--key", "keys/triage.key", "--secrets", "secrets")
    run(*arguments)
    (tmp_path / ".env").write_text(
        "BOT_TOKEN=1:a\nREDIS_PASSWORD=chosen\nDATABASE_PASSWORD=other\n"
    )
    assert run(*arguments) == (0, [])
    secrets = tmp_path / "secrets"
    worker = WorkerSettings(_env_file=None, _secrets_dir=secrets)
    bot = BotSettings(_secrets_dir=secrets)
    assert secret_value(bot.redis_password) == secret_value(worker.redis_password) == "chosen"
    assert (secrets / "redis.conf").read_text() == 'requirepass "chosen"\n'
    assert (secrets / "database_password").read_text() == secret_value(bot.database_password)
    assert {path.stat().st_mode & 0o777 for path in secrets.iterdir()} == {0o440}

    # Without it the others keep the password, and the bot reads it from its file.
    (tmp_path / ".env").write_text("BOT_TOKEN=1:a\nREDIS_PASSWORD=\n")
    assert run(*arguments) == (0, [])
    assert secret_value(BotSettings(_secrets_dir=secrets).redis_password) == "chosen"


def test_init_refuses_a_password_that_a_file_would_change(run: Run, tmp_path: Path) -> None:
    arguments = ("init", "--key", "keys/triage.key", "--secrets", "secrets")
    (tmp_path / ".env").write_text("REDIS_PASSWORD='chosen '\n")
    code, [line] = run(*arguments)
    assert code == 2
    assert line.startswith("bot: setting REDIS_PASSWORD: has a space at an end")


@pytest.mark.redis
def test_the_health_command_fails_if_the_bot_does_not_run(run: Run, redis_url: str) -> None:
    code, [line] = run("health", redis_url=redis_url)
    assert code == 1
    assert line.startswith("bot: the bot has stopped taking answers; restart it. 0 answers wait")
