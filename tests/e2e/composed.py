"""The services of a compose file as processes: each with its own environment and nothing else."""

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from tests.e2e.processes import MACHINE, ended

# What a service is told; the places in braces are other ones in a network of containers.
SERVICES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "bot": {
            "BOT_TOKEN": "{token}",
            "MODERATORS_CHAT_ID": "{moderators}",
            "TELEGRAM_API_URL": "{telegram}",
            "REDIS_URL": "{redis}",
            "DATABASE_URL": "{database}",
            "TRIAGE_KEY_FILE": "{keys}/triage.key",
            "BOT_PORT": "{bot_port}",
            "LOG_FORMAT": "json",
        },
        "worker": {
            "REDIS_URL": "{redis}",
            "TRIAGE_KEY_FILE": "{keys}/triage.key",
            "WORKER_PORT": "{worker_port}",
            "LOG_FORMAT": "json",
        },
    }
)

# What a bot is told besides, to be pushed to and to log all it can.
PUSHED = MappingProxyType(
    {
        "WEBHOOK_URL": "http://127.0.0.1:{bot_port}/telegram",
        "WEBHOOK_SECRET": "a-secret_of-this-test",
        "LOG_LEVEL": "DEBUG",
    }
)


@dataclass(frozen=True, slots=True)
class Places:
    """Where the services find each other on this machine."""

    token: str
    moderators: int
    telegram: str
    redis: str
    database: str
    keys: Path
    bot_port: int
    worker_port: int


class Composed:
    """Bot and worker, each in its own folder with a log of its own."""

    def __init__(self, folder: Path, places: Places) -> None:
        self._folder = folder
        self._places = asdict(places)
        self._running: list[subprocess.Popen[bytes]] = []

    def start(self, service: str, also: Mapping[str, str] = MappingProxyType({})) -> None:
        """Start a service."""
        told = {**SERVICES[service], **also}
        environment = {name: value.format(**self._places) for name, value in told.items()}
        home = self._folder / service
        home.mkdir(exist_ok=True)
        with (home / "log").open("ab") as log:
            self._running.append(
                subprocess.Popen(
                    [sys.executable, "-m", service],
                    cwd=home,
                    env=MACHINE | environment,
                    stdout=log,
                    stderr=log,
                )
            )

    def log(self, service: str) -> str:
        """Return what a service wrote so far."""
        return (self._folder / service / "log").read_text(encoding="utf-8")

    def records(self, service: str) -> list[dict[str, Any]]:
        """Return what a service logged, each line an object."""
        return [json.loads(line) for line in self.log(service).splitlines()]

    def check(self) -> None:
        """Fail where a service has ended."""
        for process in self._running:
            assert process.poll() is None, f"{process.args}: {self.log('bot')[-2000:]}"

    async def stop(self) -> None:
        """Stop what still runs, as a container is stopped."""
        for process in self._running:
            process.send_signal(signal.SIGTERM)
        unstopped = [p.args for p in self._running if not await asyncio.to_thread(ended, p)]
        self._running.clear()
        assert not unstopped, f"SIGTERM did not end {unstopped}"
