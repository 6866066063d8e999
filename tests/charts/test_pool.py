import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from charts.pool import DrawingPool

ROOT = Path(__file__).parent.parent.parent

# A process that draws for a bot and says under which number.
DRAWS = """
import asyncio, time
from charts.pool import DrawingPool
from tests.charts.test_pool import own_number

if __name__ == "__main__":
    print(int(asyncio.run(DrawingPool(1).draw(own_number))), flush=True)
    time.sleep(60)
"""


def own_number() -> bytes:
    return str(os.getpid()).encode()


def never_ready() -> bytes:
    time.sleep(600)
    return b""


def is_running(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    return True


async def test_closing_the_pool_does_not_wait_for_a_running_drawing() -> None:
    pool = DrawingPool(1)
    number = int(await pool.draw(own_number))
    drawing = asyncio.create_task(pool.draw(never_ready))
    await asyncio.sleep(0.1)
    pool.close()
    assert not is_running(number)
    with pytest.raises((RuntimeError, asyncio.CancelledError)):  # BrokenProcessPool is one
        await drawing


def test_a_drawing_process_exits_when_its_parent_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "draws.py"
    script.write_text(DRAWS)
    with subprocess.Popen(
        [sys.executable, str(script)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as parent:
        assert parent.stdout is not None
        number = int(parent.stdout.readline())
        parent.send_signal(signal.SIGKILL)
    deadline_s = time.monotonic() + 30
    while is_running(number):
        assert time.monotonic() < deadline_s, "it draws for nobody"
        time.sleep(0.02)
