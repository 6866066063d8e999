"""Checks of flags that several commands share; BadFlag names the first invalid one."""

import argparse
import math

from training.errors import BadFlag

# The limit of a manifest.
NAME_LENGTH = 40


def check_at_least(flags: argparse.Namespace, least: int, *names: str) -> None:
    """Check that these flags are finite numbers, at least `least`."""
    for name in names:
        value = getattr(flags, name)
        if not least <= value < math.inf:
            raise BadFlag(f"{_flag(name)} {value}: must be at least {least}")


def check_above_zero(flags: argparse.Namespace, *names: str) -> None:
    """Check that these flags are finite numbers above zero."""
    for name in names:
        value = getattr(flags, name)
        if not 0 < value < math.inf:
            raise BadFlag(f"{_flag(name)} {value}: must be a number above zero")


def check_name(flags: argparse.Namespace) -> None:
    """Check that --name fits into a manifest."""
    if not 0 < len(flags.name) <= NAME_LENGTH:
        raise BadFlag(f"--name {flags.name}: must have 1 to {NAME_LENGTH} characters")


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"
