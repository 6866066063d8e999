"""python -m bot counts: what an operator learns of the sources of reviews."""

import asyncio
from pathlib import Path

import pytest

from bot.__main__ import main
from bot.archive.database import open_database
from bot.archive.reviews import Reviews
from bot.clock import now_ms
from bot.settings import BotSettings
from tests.bot.samples import SEAL, TAXONOMY, new, outcome
from tests.console import Run, runner, told_nothing

DAY_MS = 24 * 3600 * 1000


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Return how to run the bot where an archive holds three reviews from two sources."""
    told_nothing(BotSettings, monkeypatch, tmp_path)
    monkeypatch.setenv("BOT_TOKEN", "1:a")
    url = f"sqlite+aiosqlite:///{tmp_path}/a.db"
    monkeypatch.setenv("DATABASE_URL", url)
    asyncio.run(_fill(url))
    return runner(main, monkeypatch, capsys)


async def _fill(url: str) -> None:
    engine = await open_database(url)
    reviews, today = Reviews(engine, SEAL), now_ms()
    for source, rating, accepted_ms in (
        ("branch-7", 1, today),
        ("branch-7", 6, today - 9 * DAY_MS),
        ("", 6, today),
    ):
        review = await reviews.accept(
            new(source=source, rating=rating, tags=("PRICE",), accepted_ms=accepted_ms)
        )
        if source:
            await reviews.record(review.number, outcome(review.review_id), 5)
    await engine.dispose()


def test_all_reviews_are_counted_by_source_rating_topic_and_class(run: Run) -> None:
    code, lines = run("counts")
    assert code == 0
    [class_id] = outcome(new().review_id).decision.classes
    assert lines == [
        "reviews\t3",
        "source\t2\tbranch-7",
        "source\t1\t-",
        "rating\t2\t6",
        "rating\t1\t1",
        "topic\t3\tPRICE",
        f"class\t2\t{TAXONOMY.title(class_id, 'ru')}",
    ]


@pytest.mark.parametrize(
    ("flags", "total"),
    [
        (("--source", "branch-7"), 2),
        (("--source", ""), 1),
        (("--source", "branch-7", "--days", "7"), 1),
        (("--days", "7"), 2),
        (("--source", "nowhere"), 0),
    ],
)
def test_counts_can_be_limited_to_one_source_and_the_last_days(
    run: Run, flags: tuple[str, ...], total: int
) -> None:
    code, lines = run("counts", *flags)
    assert (code, lines[0]) == (0, f"reviews\t{total}")
    assert {line.split("\t")[2] for line in lines if line.startswith("source")} <= {"branch-7", "-"}


def test_a_missing_archive_gives_a_one_line_error(run: Run) -> None:
    code, [line] = run("counts", database_url="sqlite+aiosqlite:///none.db")
    assert code == 1
    assert line.endswith("none.db: missing; the bot creates it at its first start")


@pytest.mark.parametrize("days", ["0", "-5", "999999999999", "1.5", "x"])
def test_a_number_of_days_that_cannot_be_is_refused(
    days: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for command in (["counts", f"--days={days}"], ["export", f"--days={days}", "--out=x"]):
        with pytest.raises(SystemExit) as ended:
            main(command)
        assert ended.value.code == 2
        assert "--days: must be a whole number from 1 to 36525" in capsys.readouterr().err
