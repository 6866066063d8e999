"""Checks of flags that several commands share; BadFlag names the first invalid one."""

import argparse
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from training.errors import BadFlag
from training.results.output_paths import check_output_folder, check_output_paths
from triage.taxonomy import Taxonomy

# The limit of a manifest.
NAME_LENGTH = 40


def check_at_least(flags: argparse.Namespace, least: int, *names: str) -> None:
    """Check that these flags, if given, are finite numbers of at least `least`."""
    for name in names:
        value = getattr(flags, name)
        if value is not None and not least <= value < math.inf:
            raise BadFlag(f"{_flag(name)} {value}: must be at least {least}")


def check_above_zero(flags: argparse.Namespace, *names: str) -> None:
    """Check that these flags are finite numbers above zero."""
    for name in names:
        value = getattr(flags, name)
        if not 0 < value < math.inf:
            raise BadFlag(f"{_flag(name)} {value}: must be a number above zero")


def check_at_most(flags: argparse.Namespace, most: float, *names: str) -> None:
    """Check that these flags are numbers of at most `most`."""
    for name in names:
        value = getattr(flags, name)
        if not value <= most:
            raise BadFlag(f"{_flag(name)} {value}: must be at most {most:g}")


def check_between(flags: argparse.Namespace, least: float, most: float, *names: str) -> None:
    """Check that these flags are numbers from `least` to `most`."""
    for name in names:
        value = getattr(flags, name)
        if not least <= value <= most:
            raise BadFlag(f"{_flag(name)} {value}: must be from {least:g} to {most:g}")


def check_name(flags: argparse.Namespace) -> None:
    """Check that --name fits into a manifest."""
    if not 0 < len(flags.name) <= NAME_LENGTH:
        raise BadFlag(f"--name {flags.name}: must have 1 to {NAME_LENGTH} characters")
    if not flags.name.isprintable() or flags.name.strip() != flags.name:
        raise BadFlag(f"--name {flags.name!r}: must be one line without spaces at its ends")


def check_compare_class(flags: argparse.Namespace, taxonomy: Taxonomy) -> None:
    """Check that --compare-class, if given, is a class of the taxonomy."""
    if flags.compare_class is not None and flags.compare_class not in taxonomy.by_id:
        raise BadFlag(f"--compare-class {flags.compare_class}: the taxonomy has no such class")


def check_output_files(flags: argparse.Namespace, *names: str) -> None:
    """Check that the files of these flags can be written and that no other flag names them."""
    writes = {name: getattr(flags, name) for name in names}
    check_output_paths(reads=named_paths(flags, *names), writes=writes)


def check_out_folder(flags: argparse.Namespace) -> None:
    """Check that the folder --out, which is replaced, holds no path of another flag."""
    check_output_folder(reads=named_paths(flags, "out"), name="--out", folder=flags.out)


def named_paths(flags: argparse.Namespace, *without: str) -> Mapping[str, Sequence[Path]]:
    """Return the paths of all flags but those in `without`, by the flag's name."""
    found = {}
    for name, value in vars(flags).items():
        values = value if isinstance(value, list) else [value]
        if name not in without:
            found[name.replace("_", "-")] = [one for one in values if isinstance(one, Path)]
    return found


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"
