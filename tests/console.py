"""The command lines of bot and worker, run within the test."""

from collections.abc import Callable
from pathlib import Path

import pytest

from triage.settings import SharedSettings

# Takes arguments of the command line, and settings by name; returns exit code and lines printed.
Run = Callable[..., tuple[int, list[str]]]


def told_nothing(
    settings: type[SharedSettings], monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    """Hide the settings of whoever runs the tests, and let relative paths lie in `folder`."""
    for name in settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(folder)


def runner(
    main: Callable[..., int], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    """Return how to run a part; what was set for one run holds for the next ones too."""

    def run(*arguments: str, **settings: str) -> tuple[int, list[str]]:
        for name, value in settings.items():
            monkeypatch.setenv(name.upper(), value)
        code = main(arguments)
        said = capsys.readouterr()
        return code, (said.out + said.err).splitlines()

    return run
