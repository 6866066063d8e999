"""Ctrl-C ends a command with one line, which says whether it can be resumed."""

import argparse

import pytest

from training.__main__ import main
from training.commands import evaluate, fit_cpu, predict

RESUME = "interrupted; repeat the command to resume"
FILES = {
    "fit cpu": ["--data=missing", "--out=missing"],
    "predict": ["--model=missing", "--data=missing", "--out=missing"],
    "evaluate": ["--model=missing", "--data=missing"],
}


@pytest.mark.parametrize(
    ("command", "flag", "line"),
    [
        ("fit cpu", "--runs=1", RESUME),
        ("fit cpu", "--restart", RESUME.replace("command", "command without --restart")),
        ("predict", "--max-tokens=9", RESUME),
        ("evaluate", "--seen", "interrupted"),
    ],
)
def test_ctrl_c_gives_one_line_and_exit_code_130(
    command: str,
    flag: str,
    line: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def interrupt(_: argparse.Namespace) -> None:
        raise KeyboardInterrupt

    for module in (evaluate, fit_cpu, predict):
        monkeypatch.setattr(module, "run", interrupt)

    assert main([*command.split(), *FILES[command], flag]) == 130

    assert capsys.readouterr() == ("", f"{line}\n")
