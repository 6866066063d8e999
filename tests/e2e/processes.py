"""Bot and worker as processes of their own, with settings from the environment as in production."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TypeAlias

from sandbox.server import Server
from sandbox.telegram.world import MODERATORS_CHAT_ID
from tests.forked import Forked

# What docker-compose.yml gives the bot.
GRACE_S = 30

# A command that ends by itself, on a busy machine too.
COMMAND_S = 60

ROOT = Path(__file__).parent.parent.parent


# What a process needs of this machine, whatever it is told.
MACHINE = {
    **{k: v for k, v in os.environ.items() if k in {"PATH", "HOME", "LANG"}},
    "PYTHONPATH": str(ROOT),
    # Or else a GPU server would fetch a model of gigabytes for each worker.
    "CUDA_VISIBLE_DEVICES": "",
}

Running: TypeAlias = "Forked | subprocess.Popen[bytes]"


class Installation:
    """One installation on this machine: where its processes find what they need."""

    def __init__(self, folder: Path, telegram: Server, redis_url: str, **settings: str) -> None:
        self._folder = folder
        self._environment = {
            **MACHINE,
            "BOT_TOKEN": telegram.world.token,
            "TELEGRAM_API_URL": telegram.url,
            "MODERATORS_CHAT_ID": str(MODERATORS_CHAT_ID),
            "REDIS_URL": redis_url,
            "DATABASE_URL": f"sqlite+aiosqlite:///{folder / 'triage.db'}",
            "TRIAGE_KEY_FILE": str(folder / "keys" / "triage.key"),
            "PACE_GROUP": "false",
            "LEASE_S": "1",
            "RECONCILE_S": "1",
            **settings,
        }
        self.database_url = self._environment["DATABASE_URL"]
        self._running: list[Running] = []
        # Whether each process imports everything itself and has memory of its own alone.
        self.by_interpreter = False

    def start(self, module: str, **settings: str) -> Running:
        """Start `python -m module`, with settings of its own."""
        environment = {**self._environment, **settings}
        start = self._by_interpreter if self.by_interpreter else self._forked
        process = start(module, environment)
        self._running.append(process)
        return process

    def _forked(self, module: str, environment: Mapping[str, str]) -> Forked:
        output = self._folder / "log"
        return Forked(module, folder=self._folder, environment=environment, output=output)

    def _by_interpreter(
        self, module: str, environment: Mapping[str, str]
    ) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", module]
        with (self._folder / "log").open("ab") as log:
            return subprocess.Popen(
                command, cwd=self._folder, env=environment, stdout=log, stderr=log
            )

    async def ask(self, module: str, *arguments: str, **settings: str) -> tuple[int, str]:
        """Run `python -m module arguments` with other settings; return exit code and words."""
        environment = {**self._environment, **settings}
        return await output_of(module, *arguments, folder=self._folder, environment=environment)

    def log(self) -> str:
        """Return what the processes wrote so far."""
        return (self._folder / "log").read_text(encoding="utf-8")

    async def stop(self) -> None:
        """Stop what still runs; the simulated Telegram serves on meanwhile."""
        for process in self._running:
            process.send_signal(signal.SIGTERM)
        unstopped = [
            process for process in self._running if not await asyncio.to_thread(ended, process)
        ]
        self._running.clear()
        assert not unstopped, f"SIGTERM did not end {unstopped}: {self.log()[-2000:]}"


async def output_of(
    module: str, *arguments: str, folder: Path, environment: Mapping[str, str]
) -> tuple[int, str]:
    """Run `python -m module arguments`; return exit code and output."""
    with NamedTemporaryFile(dir=folder.parent) as file:
        process = Forked(
            module, *arguments, folder=folder, environment=environment, output=Path(file.name)
        )
        code = await asyncio.to_thread(process.wait, COMMAND_S)
        return code, file.read().decode()


def ended(process: Running) -> bool:
    """Return whether the process ends within the grace that a container gets."""
    try:
        process.wait(GRACE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return False
    return True
