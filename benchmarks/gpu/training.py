"""
Time and memory of a training epoch: python -m benchmarks train.

Uses the real architecture at full size with random weights, because the real ones need a licence;
speed and memory do not depend on them. --device cpu --tiny runs the same code with a tiny model to
test the command; its results are meaningless.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from benchmarks.gpu.epochs import TrainingPlan, measure
from benchmarks.gpu.full_size import carry_out, device_of, full_size_parser, lengths_of, positive
from worker.classifiers.language.presets import GB

# The labelled rows of the competition.
ROWS = 3954
TOY_ROWS = 24


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, write the report and print it; 1 if this machine cannot, in one line."""
    arguments = _parser().parse_args(argv)
    return carry_out("train", arguments, lambda: measure(_plan(arguments)), table)


def _parser() -> argparse.ArgumentParser:
    parser = full_size_parser("train", __doc__)
    add = parser.add_argument
    add("--rows", type=positive, metavar="N", help=f"train on the first N (default: {ROWS})")
    add("--warm-up", type=positive, default=5, metavar="STEPS", help="warm-up steps (%(default)s)")
    return parser


def _plan(arguments: argparse.Namespace) -> TrainingPlan:
    """Return the parameters of the run; CannotMeasure if it is impossible here."""
    lengths = lengths_of(arguments.data, arguments.seed)
    count = arguments.rows or (TOY_ROWS if arguments.tiny else ROWS)
    return TrainingPlan(
        preset=arguments.preset,
        device=device_of(arguments.device, tiny=arguments.tiny),
        tiny=arguments.tiny,
        lengths=replace(lengths, tokens=lengths.tokens[:count]),
        warm_up=arguments.warm_up,
        seed=arguments.seed,
    )


def table(report: Mapping[str, Any]) -> str:
    """Return the report's main results as lines of text."""
    lines = [f"{'':12}{'s an epoch':>12}{'tokens/s':>11}{'peak GB':>9}"]
    for way in report["ways"]:
        if "error" in way:
            lines.append(f"{way['way']:12}{way['error']}")
            continue
        peak = way["peak_memory"]
        held = f"{peak['allocated_bytes'] / GB:9.1f}" if peak else f"{'-':>9}"
        took = way["seconds_per_epoch"]
        lines.append(f"{way['way']:12}{took:12.1f}{way['tokens_per_s']:11.0f}{held}")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
