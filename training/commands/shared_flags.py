"""The flags that several commands share, each with the same meaning everywhere."""

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from triage.taxonomy import DEFAULT_TAXONOMY


def add_taxonomy(parser: argparse.ArgumentParser) -> None:
    """Add --taxonomy."""
    parser.add_argument(
        "--taxonomy",
        type=Path,
        default=DEFAULT_TAXONOMY,
        help="file of the classes (default: the shipped one)",
    )


def add_data(parser: argparse.ArgumentParser, what: str = "CSV of labelled reviews") -> None:
    """Add --data."""
    parser.add_argument("--data", type=Path, required=True, help=what)


def add_seen(parser: argparse.ArgumentParser) -> None:
    """Add --seen."""
    parser.add_argument(
        "--seen",
        action="store_true",
        help="report metrics also on texts that were trained on, with a warning",
    )


def add_seed(parser: argparse.ArgumentParser) -> None:
    """Add --seed."""
    parser.add_argument("--seed", type=int, default=42, help="random seed (default: %(default)s)")


def values(flags: argparse.Namespace) -> Mapping[str, Any]:
    """Return the values of all flags, as they are saved with a result."""
    return {name: value for name, value in vars(flags).items() if name != "run"}
