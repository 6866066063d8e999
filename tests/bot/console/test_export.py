"""python -m bot export: a private file with labels, or one line that says why there is none."""

import asyncio
from pathlib import Path

import pytest

from bot.__main__ import main
from bot.archive.consents import Consents
from bot.archive.database import open_database
from bot.archive.export_log import ExportLog
from bot.settings import BotSettings
from tests.bot.private_desk.bench import OLGA, PrivateDesk
from tests.bot.samples import SEAL, TAXONOMY
from tests.console import Run, runner, told_nothing
from triage.corrections import read_corrections

AUTHOR = 600


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite+aiosqlite:///{tmp_path}/a.db"


@pytest.fixture
def run(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str], url: str
) -> Run:
    """Return how to run the bot where an archive holds one labelled review."""
    told_nothing(BotSettings, monkeypatch, tmp_path)
    monkeypatch.setenv("BOT_TOKEN", "1:a")
    monkeypatch.setenv("DATABASE_URL", url)
    monkeypatch.setattr("bot.console.export.read_seal", lambda _: SEAL)
    asyncio.run(_fill(url))
    return runner(main, monkeypatch, capsys)


@pytest.fixture
def agreed(run: Run, url: str) -> None:
    """Let the author agree to training."""

    async def agree() -> None:
        engine = await open_database(url)
        await Consents(engine).decide(AUTHOR, is_given=True, now_ms=1)
        await engine.dispose()

    asyncio.run(agree())


async def _fill(url: str) -> None:
    engine = await open_database(url)
    desk = PrivateDesk(None, engine)  # type: ignore[arg-type]
    await desk.says(OLGA, await desk.review("=Дорого", user_id=AUTHOR), 5)
    await engine.dispose()


async def _files(url: str) -> int:
    engine = await open_database(url)
    found = await ExportLog(engine).with_reviews_of(AUTHOR)
    await engine.dispose()
    return len(found)


def test_an_export_is_readable_only_by_its_owner_and_is_recorded(
    run: Run, agreed: None, tmp_path: Path, url: str
) -> None:
    out = tmp_path / "e.jsonl"
    code, lines = run("export", "--out", str(out))
    assert code == 0
    assert lines == [f"{out}: 1 reviews, their texts in plain text. Delete it after use"]
    [row] = read_corrections(out, TAXONOMY)
    assert (row.text, row.classes, row.kind) == ("=Дорого", (5,), "correct")
    assert out.stat().st_mode & 0o777 == 0o600
    assert asyncio.run(_files(url)) == 1

    table = tmp_path / "e.csv"
    assert run("export", "--csv", "--out", str(table))[0] == 0
    assert ",'=Дорого," in table.read_text(encoding="utf-8-sig")


def test_without_consent_no_file_is_written(run: Run, tmp_path: Path, url: str) -> None:
    out = tmp_path / "e.jsonl"
    code, [line] = run("export", "--days", "7", "--out", str(out))
    assert code == 1
    assert line.startswith("bot: nothing to export: no review of 7 days has undisputed topics")
    assert not out.exists()
    assert asyncio.run(_files(url)) == 0


def test_a_file_that_cannot_be_written_is_not_recorded(
    run: Run, agreed: None, tmp_path: Path, url: str
) -> None:
    code, [line] = run("export", "--out", str(tmp_path / "nowhere" / "e.jsonl"))
    assert code == 1
    assert line.endswith("No such file or directory; name another file")
    assert asyncio.run(_files(url)) == 0
