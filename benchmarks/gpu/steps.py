"""
The measurements of python -m benchmarks gpu --all, the most valuable first.

Each returns plain values. The estimates of their duration are guesses for one H200 at full size: no
GPU has run them yet.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from benchmarks.gpu import differential, epochs
from benchmarks.gpu.comparison import compare_readers
from benchmarks.gpu.descriptions import PLAIN_BATCH, InferencePlan
from benchmarks.gpu.machine import describe
from benchmarks.gpu.operator_profile import profile_reading
from benchmarks.gpu.precision import precision_agreement
from benchmarks.gpu.served_reviews import ServingPlan, measure_worker
from benchmarks.reviews.lengths import Lengths, synthetic_lengths
from worker.classifiers.language.memory import WeightFormat

Results = Mapping[str, object]

# The labelled rows of the competition, to which a shorter epoch is extrapolated.
EPOCH_ROWS = 3954

BUDGET = 4096


@dataclass(frozen=True, slots=True)
class GpuStep:
    """One measurement; `work` gets the results so far. It is skipped if too little time is left."""

    name: str
    estimate_s: float
    work: Callable[[Mapping[str, Results]], Results]


def steps(device: str, *, tiny: bool, seed: int = 0) -> Sequence[GpuStep]:
    """Return all steps for a device, most valuable first."""
    read = partial(_read, device, tiny, seed)
    train = partial(_train, device, tiny, seed)
    nf4, bf16 = WeightFormat.NF4, WeightFormat.BF16
    return (
        GpuStep("environment", 0, lambda _: describe(device)),
        GpuStep("differential", 40, lambda _: _differential(device, tiny=tiny)),
        GpuStep("gemma-2-9b nf4", 120, lambda _: read("gemma-2-9b", nf4)),
        GpuStep("gemma-2-9b bf16", 60, lambda _: read("gemma-2-9b", bf16)),
        GpuStep("worker gemma-2-9b", 90, lambda _: _serve(device, tiny=tiny, seed=seed)),
        GpuStep("training gemma-2-9b", 90, lambda _: train("ours bf16")),
        GpuStep(
            "precision",
            10,
            lambda _: precision_agreement(device, reviews=8 if tiny else 256, seed=seed),
        ),
        GpuStep("gemma-2-27b nf4", 180, lambda _: read("gemma-2-27b", nf4)),
        GpuStep("profile", 40, lambda done: _profile(device, tiny, seed, done)),
        GpuStep("plain training gemma-2-9b", 120, lambda _: train("plain nf4")),
        GpuStep("gemma-2-27b bf16", 90, lambda _: read("gemma-2-27b", bf16)),
        GpuStep("training gemma-2-9b nf4", 90, lambda _: train("ours nf4")),
    )


def _differential(device: str, *, tiny: bool) -> Results:
    cases = differential.CASES
    return differential.report(device, (cases[0], cases[-1]) if tiny else cases)


def _lengths(count: int, seed: int) -> Lengths:
    lengths = synthetic_lengths(seed)
    return replace(lengths, tokens=lengths.tokens[:count])


def _read(device: str, tiny: bool, seed: int, preset: str, form: WeightFormat) -> Results:
    """Measure loading, rates, latency, memory and agreement in one format of the weights."""
    return compare_readers(
        InferencePlan(
            preset=preset,
            device=device,
            tiny=tiny,
            lengths=_lengths(32 if tiny else 1500, seed),
            forms=(form,),
            budgets=(BUDGET,),
            window=1024,
            plain_batch=PLAIN_BATCH[preset],
            plain_reviews=16 if tiny else 300,
            repeats=1 if tiny else 3,
            warm_up=2 if tiny else 256,
            latency_tokens=80,
            latency_runs=4 if tiny else 200,
            agreement=4 if tiny else 200,
            options=True,
            seed=seed,
        )
    )


def _serve(device: str, *, tiny: bool, seed: int) -> Results:
    """Measure a worker process that loads a model from a folder and reads jobs from Redis."""
    return measure_worker(
        ServingPlan(
            preset="gemma-2-9b",
            device=device,
            tiny=tiny,
            alone=2 if tiny else 100,
            together=8 if tiny else 1500,
            seed=seed,
            chart_processes=1 if tiny else None,
        )
    )


def _train(device: str, tiny: bool, seed: int, way: str) -> Results:
    """Measure one epoch on fewer rows, extrapolated to all of them."""
    rows = 8 if tiny else 500
    plan = epochs.TrainingPlan(
        preset="gemma-2-9b",
        device=device,
        tiny=tiny,
        lengths=_lengths(rows, seed),
        warm_up=1 if tiny else 3,
        seed=seed,
        ways=(way,),
    )
    report = epochs.measure(plan)
    (found,) = report["ways"]
    took_s = found.get("seconds_per_epoch")
    whole_s = None if took_s is None else round(took_s * EPOCH_ROWS / rows, 1)
    return {**report, "extrapolated_rows": EPOCH_ROWS, "extrapolated_epoch_s": whole_s}


def _profile(device: str, tiny: bool, seed: int, done: Mapping[str, Results]) -> Results:
    """Profile the slower of the two formats of gemma-2-9b."""
    rates = {form: _rate(done.get(f"gemma-2-9b {form}", {})) for form in WeightFormat}
    known = {form: rate for form, rate in rates.items() if rate is not None}
    slowest = min(known, key=lambda form: known[form], default=WeightFormat.NF4)
    return profile_reading("gemma-2-9b", slowest, device, tiny=tiny, budget=BUDGET, seed=seed)


def _rate(results: Results) -> float | None:
    """Return the reviews per second of a step that read, None if it has none."""
    match results:
        case {"forms": [{"streaming": [{"reviews_per_s": float(rate)}, *_]}]}:
            return rate
        case _:
            return None
