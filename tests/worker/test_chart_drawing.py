import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from charts.pool import DrawingPool
from charts.probabilities import draw_answer
from tests.worker.samples import PNG, RULE, TAXONOMY
from triage.cascade import decide
from worker.chart_drawing import Drawing, Picture

PROBABILITIES = [0.9, *[0.01] * (len(TAXONOMY.ids) - 1)]
DECISION = decide(PROBABILITIES, TAXONOMY.ids, RULE)


def blank(*answer: Any) -> bytes:
    return PNG


def broken(*answer: Any) -> bytes:
    raise RuntimeError("no ink")


def deadly(*answer: Any) -> bytes:
    os.kill(os.getpid(), signal.SIGKILL)
    return b"never"


def foreign_threads(*answer: Any) -> bytes:
    """Count the threads that libraries have started, beside those of Python."""
    every = len(list(Path("/proc/self/task").iterdir()))
    return str(every - threading.active_count()).encode()


@pytest.fixture(scope="module")
def pool() -> Iterator[DrawingPool]:
    pool = DrawingPool(1)
    yield pool
    pool.close()


def drawing(pool: DrawingPool, picture: Picture) -> Drawing:
    return Drawing(pool, TAXONOMY, picture)


async def test_an_answer_is_drawn(pool: DrawingPool) -> None:
    png = await drawing(pool, draw_answer).draw(PROBABILITIES, DECISION, RULE, "ru")
    assert png == draw_answer(PROBABILITIES, DECISION, TAXONOMY, RULE, "ru")


async def test_a_failed_picture_is_omitted_and_logged(
    pool: DrawingPool, caplog: pytest.LogCaptureFixture
) -> None:
    assert await drawing(pool, broken).draw(PROBABILITIES, DECISION, RULE, "ru") == b""
    assert "a chart failed" in caplog.text
    assert "no ink" in caplog.text


async def test_a_crash_of_the_drawing_process_does_not_affect_later_pictures(
    pool: DrawingPool, caplog: pytest.LogCaptureFixture
) -> None:
    assert await drawing(pool, deadly).draw(PROBABILITIES, DECISION, RULE, "ru") == b""
    assert "a chart failed" in caplog.text
    assert await drawing(pool, blank).draw(PROBABILITIES, DECISION, RULE, "ru") == PNG


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="threads are counted by Linux")
async def test_a_drawing_process_starts_no_extra_threads(pool: DrawingPool) -> None:
    assert await pool.draw(foreign_threads) == b"0"


async def test_warming_up_draws_a_chart_without_error(
    pool: DrawingPool, caplog: pytest.LogCaptureFixture
) -> None:
    await drawing(pool, draw_answer).warm_up(RULE)
    assert "a chart failed" not in caplog.text
