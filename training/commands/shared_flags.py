"""The flags that several commands share, each with the same meaning everywhere."""

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from triage.chosen_taxonomy import chosen_taxonomy
from triage.taxonomy import DEFAULT_TAXONOMY
from worker.classifiers.language.memory import DEFAULT_HARDWARE, Hardware, WeightFormat

SHIPPED_TAXONOMY = "triage/taxonomy.json"

# The largest seed that NumPy accepts.
MAX_SEED = 2**32 - 1


def add_taxonomy(parser: argparse.ArgumentParser) -> None:
    """Add --taxonomy; raises BadSettings for a `.env` that cannot be read."""
    parser.add_argument(
        "--taxonomy",
        type=Path,
        default=chosen_taxonomy(),
        help="taxonomy file (default: TAXONOMY_FILE, else the shipped file)",
    )


def add_data(
    parser: argparse.ArgumentParser, what: str = "file of labelled reviews: CSV or JSON Lines"
) -> None:
    """Add --data and --separator."""
    parser.add_argument("--data", type=Path, required=True, help=what)
    parser.add_argument(
        "--separator",
        type=_separator,
        metavar="CHARACTER",
        help="separator of a CSV, or tab (default: comma, semicolon or tab, as in the header)",
    )


def _separator(value: str) -> str:
    character = "\t" if value in ("tab", "\\t") else value
    if len(character) != 1 or character in '\r\n"':
        raise argparse.ArgumentTypeError("must be one character, or tab")
    return character


REPORTS_SEEN = "report metrics also on texts that were trained on, with a warning"


def add_seen(parser: argparse.ArgumentParser, means: str = REPORTS_SEEN) -> None:
    """Add --seen; `means` is its help."""
    parser.add_argument(
        "--seen",
        action="store_true",
        help=means,
    )


def add_compare_class(add: Callable[..., object]) -> None:
    """Add --compare-class to a parser or a group of flags."""
    add(
        "--compare-class",
        type=int,
        metavar="CLASS",
        help="also measure with this class as the answer for undecided reviews",
    )


def add_hardware(parser: argparse.ArgumentParser) -> None:
    """Add --device and --weights, with the meaning and defaults of the worker's settings."""
    add, shown = parser.add_argument, "(default: %(default)s)"
    add("--device", choices=("auto", "cuda", "cpu"), default=DEFAULT_HARDWARE.device, help=shown)
    add(
        "--weights",
        choices=[str(form) for form in WeightFormat],
        default=str(DEFAULT_HARDWARE.weights),
        help=f"weights of a language model: nf4, or bf16 if memory allows {shown}",
    )


def hardware_of(flags: argparse.Namespace) -> Hardware:
    """Return the hardware that --device and --weights select."""
    return Hardware(flags.device, WeightFormat(flags.weights))


def add_seed(parser: argparse.ArgumentParser) -> None:
    """Add --seed."""
    parser.add_argument(
        "--seed", type=seed_number, default=42, help="random seed (default: %(default)s)"
    )


def seed_number(text: str) -> int:
    """Return the value of --seed; raises ArgumentTypeError if NumPy does not accept it."""
    if not text.isdecimal() or int(text) > MAX_SEED:
        raise argparse.ArgumentTypeError(f"{text}: must be an integer from 0 to {MAX_SEED}")
    return int(text)


def values(flags: argparse.Namespace) -> Mapping[str, Any]:
    """
    Return the values of all flags, as they are saved with a result.

    The taxonomy that ships is named from the root of the project, wherever that is installed.
    """
    return {
        name: SHIPPED_TAXONOMY if value == DEFAULT_TAXONOMY else value
        for name, value in vars(flags).items()
        if name != "run"
    }
