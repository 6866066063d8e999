"""
Speed and memory of a language model: python -m benchmarks gpu.

Uses the real architecture at full size with random weights, because the real ones need a licence;
speed and memory do not depend on them. --device cpu --tiny runs the same code with a tiny model to
test the command; its results are meaningless.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from benchmarks.gpu import everything
from benchmarks.gpu.comparison import compare_readers
from benchmarks.gpu.descriptions import PLAIN_BATCH, InferencePlan
from benchmarks.gpu.full_size import carry_out, device_of, full_size_parser, lengths_of, positive
from worker.classifiers.language.memory import WeightFormat

# The worker's own budget first.
BUDGETS = (4096, 2048, 8192)
FORMS = (WeightFormat.NF4, WeightFormat.BF16)

# A toy's run takes seconds.
TOY = {"reviews": 64, "repeats": 2, "warm_up": 8, "latency_runs": 10, "agreement": 16}
FULL = {"reviews": None, "repeats": 3, "warm_up": 1024, "latency_runs": 500, "agreement": 1000}


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, write the report and print it; 1 if this machine cannot, in one line."""
    given = sys.argv[1:] if argv is None else argv
    if "--all" in given:
        return everything.main(given)
    arguments = _parser().parse_args(argv)
    return carry_out("gpu", arguments, lambda: compare_readers(_plan(arguments)), table)


def _parser() -> argparse.ArgumentParser:
    parser = full_size_parser("gpu", f"{__doc__}\n--all measures everything: gpu --all --help.")
    add = parser.add_argument
    add("--reviews", type=positive, metavar="N", help="use only the first N")
    add("--forms", nargs="+", type=WeightFormat, choices=FORMS, default=FORMS)
    add("--budgets", nargs="+", type=positive, default=BUDGETS, metavar="TOKENS")
    add("--window", type=positive, default=1024, help="reviews in the window (%(default)s)")
    add("--plain-batch", type=positive, metavar="N", help="batch of the plain loop (the recipe's)")
    add("--repeats", type=positive, metavar="N", help=f"runs of each variant ({FULL['repeats']})")
    add("--warm-up", type=positive, metavar="N", help=f"warm-up reviews ({FULL['warm_up']})")
    add("--latency-runs", type=_several, metavar="N", help=f"({FULL['latency_runs']})")
    add("--latency-tokens", type=_several, default=80, metavar="N", help="(%(default)s)")
    add(
        "--agreement",
        type=_none_or_more,
        metavar="N",
        help=f"reviews to compare; 0: none ({FULL['agreement']})",
    )
    return parser


def _several(text: str) -> int:
    return positive(text, least=2)


def _none_or_more(text: str) -> int:
    return positive(text, least=0)


def _plan(arguments: argparse.Namespace) -> InferencePlan:
    """Return the parameters of the run; CannotMeasure if it is impossible here."""
    defaults = TOY if arguments.tiny else FULL
    given = {name: getattr(arguments, name) for name in defaults}
    chosen: dict[str, Any] = {
        name: defaults[name] if value is None else value for name, value in given.items()
    }
    count = chosen.pop("reviews")
    lengths = lengths_of(arguments.data, arguments.seed)
    return InferencePlan(
        preset=arguments.preset,
        device=device_of(arguments.device, tiny=arguments.tiny),
        tiny=arguments.tiny,
        lengths=replace(lengths, tokens=lengths.tokens[:count]),
        forms=arguments.forms,
        budgets=arguments.budgets,
        window=arguments.window,
        plain_batch=arguments.plain_batch or PLAIN_BATCH[arguments.preset],
        latency_tokens=arguments.latency_tokens,
        seed=arguments.seed,
        **chosen,
    )


def table(report: Mapping[str, Any]) -> str:
    """Return the report's main results as lines of text."""
    lines = [f"{'':24}{'reviews/s':>10}{'tokens/s':>11}{'of peak':>9}{'padding':>9}{'p50 ms':>9}"]
    for form in report["forms"]:
        if "skipped" in form:
            lines.append(f"{form['form']}: left out: {form['skipped']}")
            continue
        for row in form["streaming"]:
            name = f"{form['form']} {row['max_tokens']} tokens"
            lines.append(_line(name, row, form["latency"]))
        if plain := form.get("plain_loop"):
            lines.append(_line(f"plain loop of {plain['batch']}", plain, plain["latency"]))
        if agreement := form.get("agreement"):
            lines.append(
                f"{form['form']}: {agreement['identical']:.2%} of {agreement['reviews']} reviews "
                "decided alike alone and in batches"
            )
    times = report["times_plain_loop"].items()
    return "\n".join([*lines, *(f"{name}: {ratio} x the plain loop" for name, ratio in times)])


def _line(name: str, row: Mapping[str, Any], latency: Mapping[str, Any]) -> str:
    if "error" in row:
        return f"{name:24}{row['error']}"
    return (
        f"{name:24}{row['reviews_per_s']:10.1f}{row['tokens_per_s']:11.0f}"
        f"{row['share_of_peak']:9.1%}{row['padding_waste']:9.1%}{latency['p50_ms']:9.2f}"
    )


if __name__ == "__main__":
    sys.exit(main())
