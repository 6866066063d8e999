"""
Training from the command line: python -m training COMMAND. Flags only, no environment.

Each command is a file in training/commands; this one only names them.
"""

import argparse
import sys
from collections.abc import Sequence

from training.commands import evaluate, fit_linear, import_adapter
from training.errors import TrainingError
from triage.errors import TriageError
from worker.errors import WorkerError


def parser() -> argparse.ArgumentParser:
    """Return the parser of all commands; each sets `run`, which takes the parsed flags."""
    top = argparse.ArgumentParser(
        prog="python -m training", description="Train and measure models."
    )
    commands = top.add_subparsers(metavar="COMMAND", required=True)
    fit = commands.add_parser("fit", help="train a model", description="Train a model.")
    presets = fit.add_subparsers(metavar="PRESET", required=True)
    fit_linear.add_to(presets)
    evaluate.add_to(commands)
    import_adapter.add_to(commands)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Return the exit code: 1 with one line on standard error for what went wrong."""
    flags = parser().parse_args(arguments)
    try:
        flags.run(flags)
    except (TrainingError, TriageError, WorkerError) as e:
        print(f"error: {e}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
