"""
The services of docker-compose.yml as processes: each with its own environment and nothing else.

What differs is where things are: a volume is a folder here, /app is a folder of each service, and
another container is a port of this machine.
"""

import asyncio
import json
import re
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.deploy.compose import read_compose
from tests.deploy.dockerfile import read_stages
from tests.e2e.processes import MACHINE, ended, output_of
from tests.forked import Forked

APP, SECRETS = "/app", "/run/secrets"

# ${NAME:-default}, which Compose fills in from .env.
VARIABLE = re.compile(r"\$\{(\w+):-([^}]*)\}")


class Composed:
    """What `docker compose up` would run of this tree, each service with a log of its own."""

    def __init__(self, folder: Path, told: Mapping[str, str], hosts: Mapping[str, str]) -> None:
        """`told` is the operator's .env; `hosts` are here what is called so between containers."""
        self._folder = folder
        self._told = told
        self._hosts = hosts
        self._services: dict[str, dict[str, Any]] = read_compose()["services"]
        self._running: list[Forked] = []
        lines = [f"{name}={value}\n" for name, value in told.items()]
        (folder / ".env").write_text("".join(lines), encoding="utf-8")

    def volume(self, name: str) -> Path:
        """Return the folder of a volume."""
        made = self._folder / "volumes" / name
        made.mkdir(parents=True, exist_ok=True)
        return made

    def start(self, service: str) -> None:
        """Start a service and let it run."""
        command = self._command(service, self._services[service].get("command"))
        where = self._as_in_compose(service)
        self._running.append(Forked(*command, **where, output=self._log(service)))

    async def run(self, service: str) -> None:
        """Run a service that ends by itself."""
        await self._finish(service, self._services[service]["command"])

    async def check_health(self, service: str) -> None:
        """Fail where the service's own check does."""
        [kind, *command] = self._services[service]["healthcheck"]["test"]
        assert kind == "CMD", "only what needs no shell is run here"
        await self._finish(service, command)

    async def doctor(self, service: str) -> str:
        """Return what the service's doctor prints, whatever is wrong."""
        command = self._command(service, ["python", "-m", service, "doctor"])
        return (await output_of(*command, **self._as_in_compose(service)))[1]

    def log(self, service: str) -> str:
        """Return what a service wrote so far."""
        return self._log(service).read_text(encoding="utf-8")

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

    async def _finish(self, service: str, command: list[str]) -> None:
        said = await output_of(*self._command(service, command), **self._as_in_compose(service))
        assert said[0] == 0, f"{command}: {said[1]}"

    def _command(self, service: str, command: list[str] | None) -> list[str]:
        """Return `command`, or else the image's own, as it is run here."""
        image = read_stages()[self._services[service]["build"]["target"]]
        [python, option, module, *arguments] = command or json.loads(image.all("CMD")[-1].rest)
        assert (python, option) == ("python", "-m")
        here = [self._here(service, argument) for argument in arguments]
        secrets = str(self._mounts(service)[SECRETS])
        return ["tests.e2e.container", secrets, module, *here]

    def _as_in_compose(self, service: str) -> dict[str, Any]:
        given = self._services[service].get("environment", {})
        environment = {name: self._here(service, value) for name, value in given.items()}
        return {"folder": self._app(service), "environment": MACHINE | environment}

    def _app(self, service: str) -> Path:
        """Return the service's /app, with its volumes and its secret files in place."""
        app = self._folder / service
        if not app.exists():
            app.mkdir()
            for target, source in self._mounts(service).items():
                if target.startswith(APP):
                    (app / target.removeprefix(f"{APP}/")).symlink_to(source)
        return app

    def _mounts(self, service: str) -> dict[str, Path]:
        """Return what lies at which path of the container."""
        parts = [volume.split(":") for volume in self._services[service]["volumes"]]
        mounts = {part[1]: self.volume(part[0]) for part in parts}
        files = self._services[service].get("secrets", ())
        return mounts | {file["target"]: self._folder / ".env" for file in files}

    def _here(self, service: str, value: str) -> str:
        """Return a value as Compose fills it in, with this machine's places in it."""
        value = VARIABLE.sub(lambda found: self._told.get(found[1], "") or found[2], value)
        for there, here in self._hosts.items():
            value = value.replace(f"//{there}", f"//{here}")
        for target, source in self._mounts(service).items():
            value = re.sub(rf"^{target}(?=/|$)", str(source), value)
        return value

    def _log(self, service: str) -> Path:
        return self._folder / f"{service}.log"
