"""
Runs the install lines of the Dockerfile in a clean virtual environment for each target.

    python -m tests.deploy.replay bot worker-cpu

No image is built: what is found is a library that is missing or should not be there, and what an
environment weighs. Needs pip's index, and minutes for the target that installs torch.
"""

import os
import shutil
import subprocess
import sys
import time
import venv
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.deploy.dockerfile import ROOT, Instruction, Stage, read_stages


@dataclass(frozen=True, slots=True)
class Promise:
    """What a target's environment may not hold, may not weigh, and must run."""

    without: frozenset[str]
    megabytes: int
    packages: tuple[str, ...]  # every module of them can be imported
    commands: tuple[tuple[tuple[str, ...], str], ...]  # of python, and what they must print


DOCTOR = ("-m", "worker", "doctor")

# What is left out of the bot's image must be missed neither by a picture nor by a plural.
SPEAK_AND_DRAW = """
from bot.texts import load_texts
from charts.probabilities import draw_all
from triage.cascade import Ladder, decide
from triage.taxonomy import load_taxonomy
taxonomy, rule = load_taxonomy(), Ladder(fallback="most_probable")
probabilities = [0.7] + [0.01] * (len(taxonomy.ids) - 1)
decision = decide(probabilities, taxonomy.ids, rule)
for language, say in load_texts().items():
    print(say("receipt", number="7", before=21))
    print(draw_all(probabilities, decision, taxonomy, rule, language)[1:4])
"""

PROMISES = {
    "bot": Promise(
        frozenset({"torch", "transformers", "scikit-learn", "scipy"}),
        200,
        ("triage", "charts", "bot"),
        (
            (("-m", "bot", "init", "--key", "keys/key", "--secrets", "secrets"), "created the key"),
            (("-m", "bot", "doctor"), "archive: no reviews yet"),
            (("-c", SPEAK_AND_DRAW), "b'PNG'"),
        ),
    ),
    "worker-cpu": Promise(
        frozenset({"torch", "transformers", "scikit-learn", "aiogram", "SQLAlchemy"}),
        400,
        ("triage", "charts"),
        ((DOCTOR, "model cpu"),),
    ),
    "worker": Promise(
        frozenset({"aiogram"}),
        9000,
        ("triage", "charts", "worker", "training"),
        ((DOCTOR, "model cpu"),),
    ),
}

# A place in which nothing answers, so that a doctor is quick about it.
NOWHERE = {
    "BOT_TOKEN": "1:replayed",
    "TELEGRAM_API_URL": "http://127.0.0.1:9",
    "REDIS_URL": "redis://127.0.0.1:9/0",
    "WORKER_MODEL": "models/default",
}

LIST_ALL = """
import importlib.metadata
print(*(found.name for found in importlib.metadata.distributions()), sep="\\n")
"""

IMPORT_ALL = """
import importlib, pkgutil, sys
for name in sys.argv[1:]:
    for module in pkgutil.walk_packages(importlib.import_module(name).__path__, name + "."):
        if "migrations" not in module.name and not module.name.endswith("__main__"):
            importlib.import_module(module.name)
"""


class Replay:
    """One target in a folder of its own."""

    def __init__(self, target: str, folder: Path) -> None:
        self._stages = read_stages()
        self._target = self._stages[target]
        self._promise = PROMISES[target]
        self._metadata = folder / "metadata"
        self._app = folder / "app"
        self._environment = folder / "venv"

    def run(self) -> str:
        """Install, copy and try; return a line of what was measured."""
        began_s = time.monotonic()
        self._make_metadata()
        self._make_environment()
        for run in self._target.all("RUN"):
            self._install(run)
        for copy in self._target.all("COPY"):
            self._copy(copy)
        installed_s = time.monotonic() - began_s
        self._check_contents()
        self._check_runs()
        weight = self._weight_mb()
        assert weight <= self._promise.megabytes, f"{weight} MB, above {self._promise.megabytes}"
        return f"{self._target.name}: {weight} MB, installed in {installed_s:.0f} s, runs"

    def _make_environment(self) -> None:
        """Make an environment like an image's: its pip is not its own, and neither is counted."""
        venv.create(self._environment)
        pip = self._environment / "bin" / "pip"
        pip.write_text(
            f'#!/bin/sh\nexec {sys.executable} -m pip --python {self._python_path} "$@"\n'
        )
        pip.chmod(0o755)

    @property
    def _python_path(self) -> Path:
        return self._environment / "bin" / "python"

    def _make_metadata(self) -> None:
        self._metadata.mkdir(parents=True)
        stage: Stage = self._stages["metadata"]
        for copy in stage.all("COPY"):
            for name in copy.words[:-1]:
                shutil.copy(ROOT / name, self._metadata)
        for run in stage.all("RUN"):
            subprocess.run(["/bin/sh", "-ec", run.rest], cwd=self._metadata, check=True)

    def _install(self, run: Instruction) -> None:
        command = run.rest
        for seen, source in run.binds().items():
            command = command.replace(seen, source.replace("/metadata", str(self._metadata), 1))
        path = f"{self._environment / 'bin'}{os.pathsep}{os.environ['PATH']}"
        quiet = {"PATH": path, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_QUIET": "1"}
        subprocess.run(["/bin/sh", "-ec", command], env=os.environ | quiet, check=True)

    def _copy(self, copy: Instruction) -> None:
        source, target = copy.words
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / source, self._app / target, ignore=ignored)

    def _check_contents(self) -> None:
        listed = self._python("-c", LIST_ALL).stdout
        names = {line.lower() for line in listed.splitlines()}
        assert "feedback-triage" in names, f"nothing was installed: {listed}"
        found = {name for name in self._promise.without if name.lower() in names}
        assert not found, f"{self._target.name} holds {', '.join(sorted(found))}"

    def _check_runs(self) -> None:
        self._python("-c", IMPORT_ALL, *self._promise.packages)
        for arguments, words in self._promise.commands:
            done = self._python(*arguments, check=False)
            said = done.stdout + done.stderr
            assert words in said, f"{arguments} did not say {words!r} but: {said}"
            assert "Traceback" not in said, said

    def _python(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self._app),
            "PYTHONPYCACHEPREFIX": str(self._app / "pycache"),
            **NOWHERE,
        }
        done = subprocess.run(
            [self._python_path, *arguments],
            cwd=self._app,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert not check or done.returncode == 0, done.stdout + done.stderr
        return done

    def _weight_mb(self) -> int:
        said = subprocess.run(
            ["du", "-sm", self._environment], capture_output=True, text=True, check=True
        ).stdout
        return int(said.split()[0])


def main(targets: list[str]) -> int:
    """Replay each target; return 1 at the first that does not hold what it promises."""
    for target in targets:
        with TemporaryDirectory(prefix="replay-") as folder:
            try:
                print(Replay(target, Path(folder)).run(), flush=True)
            except (AssertionError, subprocess.CalledProcessError) as e:
                print(f"{target}: {e}", file=sys.stderr)
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or list(PROMISES)))
