"""
What the command lines of bot and worker have in common: how they end, and what they say then.

An exit code, findings on stdout, reasons to refuse on stderr, a line each.
"""

import sys
from collections.abc import Callable

from triage.errors import BadSettings, TriageError
from triage.findings import Finding


def exit_code(part: str, command: Callable[[], int], *refusals: type[Exception]) -> int:
    """
    Run `command` and return its exit code.

    2 for bad settings, 1 for other reasons to refuse: TriageError or one of `refusals`.
    """
    expected: tuple[type[Exception], ...] = (TriageError, *refusals)
    try:
        return command()
    except BadSettings as e:
        _complain(part, str(e))
        return 2
    except expected as e:
        _complain(part, str(e))
        return 1


def tell(part: str, found: Finding) -> int:
    """Print what was found of a part; return 0 where it is well and 1 otherwise."""
    print(f"{part}: {found.words}")
    return 0 if found.well else 1


def tell_all(findings: list[Finding]) -> int:
    """Print a line for each, so that what is wrong stands out; return 0 where all are well."""
    for found in findings:
        print(f"{'ok   ' if found.well else 'WRONG'} {found.words}")
    return 0 if all(found.well for found in findings) else 1


def _complain(part: str, lines: str) -> None:
    for line in lines.splitlines():
        print(f"{part}: {line}", file=sys.stderr)
