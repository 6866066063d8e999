"""The last resort of a stop; what makes it unnecessary is tested in tests/e2e/test_stop.py."""

import os
import signal
import subprocess
import sys

# A bot whose parts do not let go when they are told to.
DEAF = """
import asyncio
from bot.console import stopping

async def never_ends():
    print("ready", flush=True)
    while True:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            print("told", flush=True)

async def main():
    task = asyncio.create_task(never_ends())
    stopping.stop_on_sigterm(task)
    await task

stopping.STOP_S = 0.5
asyncio.run(main())
"""


def test_a_process_that_does_not_stop_in_time_exits_with_an_error() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", DEAF],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGTERM)
        said, complaint = process.communicate(timeout=60)
    assert said == "told\n"
    assert process.returncode == 1
    assert complaint == "not stopped within 0.5 s; exits now, no accepted review is lost\n"
