"""The unchanged bot, which reads the time from the shared clock in the file SHARED_CLOCK."""

import os
import runpy
from pathlib import Path

from bot.clock import read_clock
from tests.faults.shared_clock import SharedClock

if __name__ == "__main__":
    read_clock(SharedClock(Path(os.environ["SHARED_CLOCK"])).now_ms)
    runpy.run_module("bot", run_name="__main__", alter_sys=True)
