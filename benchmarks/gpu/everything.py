"""
All measurements of a GPU in one command: python -m benchmarks gpu --all [--minutes 10].

The most important measurements come first. Each result is written to one JSON file immediately, so
an interrupted run keeps its results. The file gives the reason for a step that fails, or for which
too little time is left. Needs no network. --device cpu --tiny tests the command with tiny models;
its results are meaningless.
"""

import argparse
import gc
import json
import logging
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.gpu.full_size import RESULTS, CannotMeasure, device_of, mark_toy, positive
from benchmarks.gpu.steps import GpuStep, steps
from benchmarks.gpu.stopwatch import forget_peak
from training.commands.shared_flags import seed_number
from training.results.atomic_output import write_text
from triage.command_line import INTERRUPTED
from worker.classifiers.errors import DoesNotFit

logger = logging.getLogger(__name__)

# The reviews of the competition's test file.
ALL_REVIEWS = 9015


def main(argv: Sequence[str]) -> int:
    """Measure and write each result; return 1 if this machine cannot or a step failed."""
    arguments = _parser().parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    try:
        device = device_of(arguments.device, tiny=arguments.tiny)
    except CannotMeasure as e:
        print(f"benchmarks gpu: {e}", file=sys.stderr)
        return 1
    out = arguments.out or RESULTS / ("gpu-all-tiny.json" if arguments.tiny else "gpu-all.json")
    planned = steps(device, tiny=arguments.tiny, seed=arguments.seed)
    try:
        found = run(
            planned, out, device=device, limit_s=60 * arguments.minutes, tiny=arguments.tiny
        )
    except KeyboardInterrupt:
        print(f"benchmarks gpu: interrupted; the finished steps are in {out}", file=sys.stderr)
        return INTERRUPTED
    summary = _summary(found)
    print(mark_toy(summary, device) if arguments.tiny else summary)
    try:
        _write(out, found, device=device, tiny=arguments.tiny, running=None)
    except OSError:  # a full disk must not cost the results
        print(json.dumps(found, indent=2))
        raise
    print(f"the results are in {out}")
    return 1 if any("error" in one for one in found.values()) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks gpu --all",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--all", action="store_true", required=True)
    add("--minutes", type=positive, default=10, help="start no step after this time (%(default)s)")
    add("--device", choices=("cuda", "cpu"), default="cuda")
    add("--tiny", action="store_true", help="tiny models, to test the command")
    add("--seed", type=seed_number, default=0)
    add("--out", type=Path, help="file of results (benchmarks/results/gpu-all.json)")
    return parser


def run(
    planned: Sequence[GpuStep],
    out: Path,
    *,
    device: str,
    limit_s: float,
    tiny: bool,
    clock: Callable[[], float] = time.monotonic,
) -> Mapping[str, Mapping[str, Any]]:
    """Carry out the steps that fit into `limit_s`; write the results before each of them."""
    began_s = clock()
    write = partial(_write, out, device=device, tiny=tiny)
    write({}, running=None)
    found: dict[str, Mapping[str, Any]] = {}
    for step in planned:
        left_s = limit_s - (clock() - began_s)
        # A toy takes seconds, so the full-size estimate does not apply.
        if left_s < (0 if tiny else step.estimate_s):
            reason = f"about {step.estimate_s:.0f} s are needed, {max(0, left_s):.0f} s are left"
            found[step.name] = {"skipped": reason}
        else:
            try:
                write(found, running=step.name)
            except OSError as e:
                logger.warning("the results cannot be written now: %s", e.strerror)
            logger.info("%s, %.0f s are left", step.name, left_s)
            since_s = clock()
            results = _carry_out(step, found)
            found[step.name] = {"took_s": round(clock() - since_s, 1), **results}
            gc.collect()
            forget_peak(device)
    return found


def _carry_out(step: GpuStep, found: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Any]:
    """Return the results of a step, or why it has none: the steps after it run in any case."""
    try:
        return step.work(found)
    except (CannotMeasure, DoesNotFit) as e:
        return {"skipped": str(e)}
    except Exception as e:
        logger.exception("%s failed", step.name)
        return {"error": f"{type(e).__name__}: {e}"}


def _write(
    out: Path, found: Mapping[str, object], *, device: str, tiny: bool, running: str | None
) -> None:
    """Write all results; OutputInTheWay if `out` cannot be created."""
    report = {
        "benchmark": "gpu --all",
        "tiny": tiny,
        "device": device,
        "running": running,
        "steps": found,
    }
    write_text(out, json.dumps(report, indent=2) + "\n")


def _summary(found: Mapping[str, Mapping[str, Any]]) -> str:
    """Return a line for each step."""
    return "\n".join(f"{name:28}{_main_result(results)}" for name, results in found.items())


def _main_result(results: Mapping[str, Any]) -> str:
    match results:
        case {"error": reason}:
            return f"FAILED: {reason}"
        case {"skipped": reason} | {"forms": [{"skipped": reason}]}:
            return f"skipped: {reason}"
        case {"forms": [{"streaming": [{"reviews_per_s": rate}, *_], "latency": latency}]}:
            took = f"{ALL_REVIEWS / rate:.1f} s for {ALL_REVIEWS}"
            one = f"one review p50 {latency['p50_ms']} ms"
            return "; ".join([f"{rate} reviews/s ({took})", one, *_options(results["forms"][0])])
        case {"extrapolated_epoch_s": took_s, "extrapolated_rows": rows}:
            return f"{took_s} s for an epoch of {rows} rows, extrapolated"
        case {"together": {"reviews_per_s": rate}, "alone": {"push_to_result": took}}:
            one = f"one review p50 {took['p50_ms']} ms, p95 {took['p95_ms']} ms"
            return f"{rate} reviews/s through Redis and charts; {one}"
        case {"bf16": {"identical": bf16}, "nf4": {"identical": nf4}}:
            alike = f"{bf16:.1%} decided in bf16 as in float32, {nf4:.1%} in nf4"
            return "; ".join([alike, *_options(results)])
        case {"all_hold": holds}:
            return "all comparisons hold" if holds else "FAILED: a comparison does not hold"
        case _:
            return f"done in {results['took_s']} s"


def _options(form: Mapping[str, Any]) -> list[str]:
    """Return what graphs and 8-bit products gave, or why they did not."""
    lines = []
    match form.get("graphs"):
        case {"captured": False}:
            lines.append("no CUDA graphs on a CPU")
        case {"latency": {"p50_ms": p50_ms}}:
            lines.append(f"{p50_ms} ms by CUDA graphs")
        case {"error": reason}:
            lines.append(f"no CUDA graphs: {reason}")
    match form.get("fp8"):
        case {"seconds": took_s, "seconds_without": plain_s, "agreement": {"identical": equal}}:
            lines.append(f"FP8 x{plain_s / took_s:.2f}, {equal:.1%} decided alike")
        case {"error": reason} | {"skipped": reason}:
            lines.append(f"no FP8: {reason}")
        case {"identical": equal}:
            lines.append(f"{equal:.1%} in FP8")
    return lines
