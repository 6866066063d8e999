"""
The worker's command line. python -m worker alone serves; settings come from the environment, see
.env.example.

Each command is imported when it is run: `health`, which runs every half minute, loads no model.
"""

import argparse
import sys
from collections.abc import Sequence

from triage.command_line import exit_code
from worker.classifiers.errors import ClassifierError


def main(arguments: Sequence[str] | None = None) -> int:
    """Return the exit code."""
    chosen = _parser().parse_args(arguments)
    return exit_code("worker", lambda: _run(chosen), ClassifierError)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m worker", description="Run the worker, or one command."
    )
    commands = parser.add_subparsers(dest="command", title="commands")
    commands.add_parser("doctor", help="check settings and connections, one line each")
    commands.add_parser("health", help="check whether the running worker is healthy")
    return parser


def _run(arguments: argparse.Namespace) -> int:
    match arguments.command:
        case "doctor":
            from worker.console.doctor import doctor

            return doctor()
        case "health":
            from worker.console.health import health

            return health()
        case _:
            from worker.console.serve import serve

            return serve()


if __name__ == "__main__":
    sys.exit(main())
