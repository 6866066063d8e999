"""
Exit codes and output that the command lines of bot, worker, benchmarks and others share.

Results go to stdout, reasons for a refusal to stderr, one line each.
"""

import sys
from collections.abc import Callable

from triage.checks import CheckResult
from triage.errors import BadSettings, TriageError

# The exit code of a command that SIGINT ended, as shells report it.
INTERRUPTED = 130


def exit_code(part: str, command: Callable[[], int], *refusals: type[Exception]) -> int:
    """
    Run `command` and return its exit code.

    2 means bad settings, 1 another refusal: TriageError or one of `refusals`, INTERRUPTED Ctrl-C.
    """
    expected: tuple[type[Exception], ...] = (TriageError, *refusals)
    try:
        return command()
    except BadSettings as e:
        _print_error(part, str(e))
        return 2
    except expected as e:
        _print_error(part, str(e))
        return 1
    except KeyboardInterrupt:
        _print_error(part, "interrupted")
        return INTERRUPTED


def print_result(part: str, result: CheckResult) -> int:
    """Print one result about a part; return 0 if it is good and 1 otherwise."""
    print(f"{part}: {result.text}")
    return 0 if result.ok else 1


def print_results(results: list[CheckResult]) -> int:
    """Print a line for each result, the bad ones marked; return 0 if all are good, otherwise 1."""
    for result in results:
        print(f"{'ok   ' if result.ok else 'WRONG'} {result.text}")
    return 0 if all(result.ok for result in results) else 1


def _print_error(part: str, lines: str) -> None:
    for line in lines.splitlines():
        print(f"{part}: {line}", file=sys.stderr)
