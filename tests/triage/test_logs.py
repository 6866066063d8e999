import asyncio
import json
import logging
import sys
from uuid import UUID

import pytest

from triage.logs import JsonFormatter, TextFormatter, log_context

ONE, TWO = UUID(int=1), UUID(int=2)
TOKEN = "123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"


def record(message: str, *arguments: object, failed: bool = False) -> logging.LogRecord:
    exc_info = sys.exc_info() if failed else None
    return logging.LogRecord(
        "bot.delivery.card_sender", logging.INFO, "", 1, message, arguments, exc_info
    )


@pytest.fixture(params=[TextFormatter, JsonFormatter])
def formatter(request: pytest.FixtureRequest) -> logging.Formatter:
    made: logging.Formatter = request.param()
    return made


def test_a_json_log_line_has_time_logger_message_and_review() -> None:
    with log_context(ONE):
        line = json.loads(JsonFormatter().format(record("№ %d is answered", 7)))
    assert line.pop("time").endswith("+00:00")
    assert line == {
        "level": "INFO",
        "logger": "bot.delivery.card_sender",
        "message": "№ 7 is answered",
        "review_id": str(ONE),
    }


def test_a_text_log_line_ends_with_the_review() -> None:
    with log_context(ONE):
        assert TextFormatter().format(record("sent")).endswith(f"sent [review {ONE}]")
    assert TextFormatter().format(record("sent")).endswith("bot.delivery.card_sender: sent")


def test_the_logged_review_is_that_of_the_innermost_context() -> None:
    with log_context(ONE):
        with log_context(TWO):
            assert str(TWO) in TextFormatter().format(record("x"))
        assert str(ONE) in TextFormatter().format(record("x"))


async def test_concurrent_reviews_are_not_mixed_up_in_the_log() -> None:
    async def line(review_id: UUID) -> str:
        with log_context(review_id):
            await asyncio.sleep(0)
            return TextFormatter().format(record("x"))

    lines = await asyncio.gather(line(ONE), line(TWO))
    assert [str(ONE) in lines[0], str(TWO) in lines[1]] == [True, True]


def test_a_traceback_is_part_of_the_log_line(formatter: logging.Formatter) -> None:
    try:
        raise ValueError("no chart")
    except ValueError:
        line = formatter.format(record("failed", failed=True))
    assert "ValueError: no chart" in line


def test_a_token_is_redacted_in_message_and_traceback(formatter: logging.Formatter) -> None:
    try:
        raise OSError(f"https://api.telegram.org/bot{TOKEN}/getMe")
    except OSError:
        line = formatter.format(record("calling %s", f"/bot{TOKEN}/getMe", failed=True))
    assert TOKEN not in line
    assert line.count("<token>") == 2
