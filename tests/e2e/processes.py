"""Bot and worker as processes of their own, with settings from the environment as in production."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

from sandbox.server import Server
from sandbox.telegram.world import MODERATORS_CHAT_ID

# What docker-compose.yml gives the bot.
GRACE_S = 30

ROOT = Path(__file__).parent.parent.parent


# What a process needs of this machine, whatever it is told.
MACHINE = {
    **{k: v for k, v in os.environ.items() if k in {"PATH", "HOME", "LANG"}},
    "PYTHONPATH": str(ROOT),
    # Or else a GPU server would fetch a model of gigabytes for each worker.
    "CUDA_VISIBLE_DEVICES": "",
}


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
        self._running: list[subprocess.Popen[bytes]] = []

    def start(self, module: str) -> subprocess.Popen[bytes]:
        """Start `python -m module`."""
        with (self._folder / "log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", module],
                cwd=self._folder,
                env=self._environment,
                stdout=log,
                stderr=log,
            )
        self._running.append(process)
        return process

    async def ask(self, module: str, *arguments: str, **settings: str) -> tuple[int, str]:
        """Run `python -m module arguments` with other settings; return exit code and words."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            module,
            *arguments,
            cwd=self._folder,
            env={**self._environment, **settings},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await asyncio.wait_for(process.communicate(), 60)
        assert process.returncode is not None
        return process.returncode, said.decode()

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


def ended(process: subprocess.Popen[bytes]) -> bool:
    """Return whether the process ends within the grace that a container gets."""
    try:
        process.wait(GRACE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return False
    return True
