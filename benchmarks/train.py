"""
How long an epoch of a fit takes, and in how much memory: python -m benchmarks train.

The real architecture at full size with random weights, for the real ones lie behind licences; speed
and memory do not depend on them. --device cpu --tiny goes the same way with a toy, to see that the
command works: its figures mean nothing.
"""

import argparse
import json
import logging
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.epochs import Course, measure
from benchmarks.gpu import RESULTS, CannotMeasure, device_of, lengths_of, positive
from benchmarks.shapes import SHAPES
from worker.presets import GB

# The labelled rows of the competition.
ROWS = 3954
TOY_ROWS = 24


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, write the report and print it; 1 where this machine cannot, in one line."""
    arguments = _parser().parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    try:
        report = measure(_course(arguments))
    except CannotMeasure as e:
        print(f"benchmarks train: {e}", file=sys.stderr)
        return 1
    text = json.dumps(report, indent=2)
    out = arguments.out or (None if arguments.tiny else RESULTS / f"train-{arguments.preset}.json")
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(f"{text}\n", encoding="utf-8")
    print(text if arguments.json else table(report))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks train",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--preset", choices=SHAPES, required=True)
    add("--random-weights", action="store_true", required=True, help="the only weights there are")
    add("--data", type=Path, metavar="CSV", help="its column text gives the lengths of reviews")
    add("--rows", type=positive, metavar="N", help=f"train on the first N (default: {ROWS})")
    add("--warm-up", type=positive, default=5, metavar="STEPS", help="before (%(default)s)")
    add("--seed", type=int, default=0)
    add("--device", choices=("cuda", "cpu"), default="cuda")
    add("--tiny", action="store_true", help="a toy of the architecture, to try the command")
    add("--out", type=Path, help="the report (benchmarks/results/train-PRESET.json; none of a toy)")
    add("--json", action="store_true", help="print the report, not a table")
    return parser


def _course(arguments: argparse.Namespace) -> Course:
    """Return what is to be measured; CannotMeasure where it cannot be."""
    lengths = lengths_of(arguments.data, arguments.seed)
    count = arguments.rows or (TOY_ROWS if arguments.tiny else ROWS)
    return Course(
        preset=arguments.preset,
        device=device_of(arguments.device, tiny=arguments.tiny),
        tiny=arguments.tiny,
        lengths=replace(lengths, tokens=lengths.tokens[:count]),
        warm_up=arguments.warm_up,
        seed=arguments.seed,
    )


def table(report: Mapping[str, Any]) -> str:
    """Return the report's main figures as lines of text."""
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
