"""
Flags, refusals and report output of the commands that measure full-size architectures.
"""

import argparse
import json
import logging
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch

from benchmarks.gpu.shapes import SHAPES
from benchmarks.reviews.lengths import Lengths, read_lengths, synthetic_lengths
from training.commands.shared_flags import seed_number
from training.results.atomic_output import write_text
from training.results.output_paths import check_writable
from worker.classifiers.errors import DoesNotFit, GpuFailed, NoGpu
from worker.classifiers.loading import require_gpu

RESULTS = Path(__file__).parents[1] / "results"

Report = Mapping[str, Any]


class CannotMeasure(Exception):
    """The command cannot run with these flags on this machine; its text is one line."""


def full_size_parser(command: str, description: str | None) -> argparse.ArgumentParser:
    """Return a parser of the flags that all such commands know."""
    parser = argparse.ArgumentParser(
        prog=f"python -m benchmarks {command}",
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--preset", choices=SHAPES, required=True)
    add(
        "--random-weights",
        action="store_true",
        required=True,
        help="required: no other weights are supported",
    )
    add("--data", type=Path, metavar="CSV", help="reviews, for their lengths: column text")
    add("--seed", type=seed_number, default=0)
    add("--device", choices=("cuda", "cpu"), default="cuda")
    add("--tiny", action="store_true", help="tiny model, to test the command")
    out = f"the report (benchmarks/results/{command}-PRESET.json; none of a toy)"
    add("--out", type=Path, help=out)
    add("--json", action="store_true", help="print the report, not a table")
    return parser


def carry_out(
    command: str,
    arguments: argparse.Namespace,
    measure: Callable[[], Report],
    table: Callable[[Report], str],
) -> int:
    """
    Measure, write the report and print it; 1 if this machine cannot, in one line.

    Raises OutputInTheWay, before the measurement, if the report cannot be written.
    """
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    usual = None if arguments.tiny else RESULTS / f"{command}-{arguments.preset}.json"
    out = arguments.out or usual
    if out:
        check_writable(out)
    try:
        report = measure()
    except (CannotMeasure, DoesNotFit, GpuFailed) as e:
        print(f"benchmarks {command}: {e}", file=sys.stderr)
        return 1
    text = json.dumps(report, indent=2)
    if out:
        write_text(out, f"{text}\n")
    if arguments.json:
        print(text)
    else:
        lines = table(report)
        print(mark_toy(lines, arguments.device) if arguments.tiny else lines)
    return 0


def mark_toy(lines: str, device: str) -> str:
    """Return the result lines of tiny models, each marked, after a line that explains the mark."""
    mark = "toy on the CPU" if device == "cpu" else "toy"
    meaning = f"{mark}: tiny models test the command; their figures say nothing about real models"
    return "\n".join([meaning, *(f"{mark}: {line}" for line in lines.splitlines())])


def positive(text: str, least: int = 1) -> int:
    """Return the number of a flag, at least `least`."""
    number = int(text)
    if number < least:
        raise argparse.ArgumentTypeError(f"{number} is less than {least}")
    return number


def lengths_of(data: Path | None, seed: int) -> Lengths:
    """Return the lengths of a file's texts, or invented ones; CannotMeasure for another file."""
    if data is None:
        return synthetic_lengths(seed)
    try:
        return read_lengths(data)
    except (OSError, ValueError) as e:
        reason = e.strerror if isinstance(e, OSError) else e
        raise CannotMeasure(f"{data}: {reason}; name a CSV file with a column 'text'") from e


def device_of(name: str, *, tiny: bool) -> str:
    """Return the device to measure on; CannotMeasure if this machine or the flags forbid it."""
    if name == "cpu":
        if not tiny:
            raise CannotMeasure(
                "a CPU would take hours at full size; add --tiny, or leave --device"
            )
        # A toy's matrices are too small for several threads, which would only wait for each other.
        torch.set_num_threads(1)
        return name
    try:
        gpu = require_gpu()
    except (NoGpu, GpuFailed) as e:
        raise CannotMeasure(f"{e}; --device cpu --tiny tries the command without a GPU") from e
    if not gpu.has_bf16:
        raise CannotMeasure("this GPU has no bfloat16; take one of the Ampere generation or newer")
    return "cuda:0"
