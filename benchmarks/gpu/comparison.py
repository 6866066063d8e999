"""
Compares the worker's way of reading reviews with the recipe's plain loop: same weights, same run.

It returns a report of plain values.
"""

import copy
import gc
import logging
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from statistics import median

import torch
from torch import nn
from transformers import PreTrainedModel

from benchmarks.gpu import descriptions, random_weights
from benchmarks.gpu.agreement import compare
from benchmarks.gpu.descriptions import COMPUTE, InferencePlan
from benchmarks.gpu.machine import describe
from benchmarks.gpu.options import Report, attempt, measure_fp8, measure_graphs
from benchmarks.gpu.readers import Reading, Rows, one_by_one, plain_loop, streaming
from benchmarks.gpu.shapes import configuration, parameters, recipe
from benchmarks.gpu.stopwatch import (
    forget_peak,
    latencies,
    memory_in_use,
    peak_memory,
    peak_rate,
    seconds,
)
from benchmarks.reviews.lengths import random_rows
from triage.cascade import FallbackClass, Ladder
from triage.taxonomy import load_taxonomy
from worker.classifiers.errors import DoesNotFit
from worker.classifiers.language.memory import WeightFormat, needed_bytes
from worker.classifiers.language.network import Network, optimise_for_reading
from worker.classifiers.language.placement import Placement
from worker.classifiers.language.presets import GB, Preset

logger = logging.getLogger(__name__)

# In the known recipes an undecided review gets class 19.
RULE = Ladder(fallback=FallbackClass.model_validate({"class": 19}))

# Reviews whose logits determine the scale of the head.
SPREAD_REVIEWS = 256


@dataclass(frozen=True, slots=True)
class Scene:
    """What all passes of a plan have in common."""

    plan: InferencePlan
    preset: Preset
    rows: Rows
    single: Rows
    pad_id: int
    peak_flop_per_s: float


def compare_readers(plan: InferencePlan) -> dict[str, object]:
    """Carry out `plan`; raises DoesNotFit if no form of the weights fits into the memory."""
    peak = peak_rate(plan.device, COMPUTE, tiny=plan.tiny)
    peak_flop_per_s = float(peak["flop_per_s"])
    logger.info("peak of matrix products: %.3g FLOP/s", peak_flop_per_s)
    scene = _scene(plan, peak_flop_per_s)
    forms = [_form(scene, form) for form in plan.forms]
    if all("skipped" in form for form in forms):
        raise DoesNotFit(str(forms[0]["skipped"]))
    return {
        "benchmark": "gpu",
        "machine": describe(plan.device),
        "model": descriptions.describe_model(plan),
        "reviews": descriptions.describe_reviews(plan.lengths),
        "method": descriptions.describe_method(plan),
        "peak_matmul": peak,
        "forms": forms,
        "times_plain_loop": descriptions.times_plain_loop(forms),
    }


def _scene(plan: InferencePlan, peak_flop_per_s: float) -> Scene:
    preset = recipe(plan.preset, tiny=plan.tiny)
    config = configuration(preset, tiny=plan.tiny)
    bos = config.bos_token_id if preset.tokens.bos else None
    eos = config.eos_token_id if preset.tokens.eos else None
    rows, single = (
        random_rows(tokens, config.vocab_size, bos=bos, eos=eos, seed=plan.seed)
        for tokens in (plan.lengths.tokens, [plan.latency_tokens])
    )
    return Scene(plan, preset, rows, single, config.pad_token_id, peak_flop_per_s)


def _form(scene: Scene, form: WeightFormat) -> dict[str, object]:
    """Return the results of the weights in one format, or why there are none."""
    lack = _lack(scene, form)
    if lack is not None:
        return {"form": str(form), "skipped": lack}
    try:
        return _measured(scene, form)
    except torch.OutOfMemoryError as e:
        return {"form": str(form), "skipped": str(e).splitlines()[0]}
    finally:
        gc.collect()
        forget_peak(scene.plan.device)


def _lack(scene: Scene, form: WeightFormat) -> str | None:
    if not scene.plan.device.startswith("cuda"):
        return None
    free, _ = torch.cuda.mem_get_info()
    size = 2 * parameters(configuration(scene.preset, tiny=scene.plan.tiny))
    needed = needed_bytes(size, quantises=True, packed=False, weights=form)
    if needed <= free:
        return None
    return (
        f"{scene.plan.preset} needs about {needed / GB:.1f} GB as {form}, the GPU has "
        f"{free / GB:.1f} GB free; take a smaller preset or stop other programs on it"
    )


def _measured(scene: Scene, form: WeightFormat) -> dict[str, object]:
    plan = scene.plan
    logger.info("%s: building", form)
    began_s = time.perf_counter()
    placement = Placement(plan.device, COMPUTE, dequantised=form is WeightFormat.BF16)
    config = configuration(scene.preset, tiny=plan.tiny)
    classes = len(load_taxonomy().ids)
    model = random_weights.random_base(config, scene.preset, classes, placement, seed=plan.seed)
    whole = random_weights.random_adapter(model, scene.preset)
    build_s = round(time.perf_counter() - began_s, 1)
    # The plain loop needs the model as the libraries load it, so it comes first.
    plain = _plain(scene, model, whole) if form is WeightFormat.NF4 else None
    optimise_for_reading(model)
    network = _network(scene, model)
    results: dict[str, object] = {
        "form": str(form),
        "build_s": build_s,
        "weights_bytes": memory_in_use(plan.device),
        "streaming": [_streaming(scene, model, network, budget) for budget in plan.budgets],
        "latency": _latency(scene, lambda: network.logits(scene.single, scene.pad_id)),
    }
    if plan.agreement:
        results["agreement"] = _agreement(scene, network)
    if plain is not None:
        results["plain_loop"] = plain
    if plan.options:
        results |= _options(scene, model, network, form)
    return results


def _options(
    scene: Scene, model: PreTrainedModel, network: Network, form: WeightFormat
) -> dict[str, object]:
    """Measure the unused options; 8-bit products come last, because they change the model."""
    plan, rows = scene.plan, scene.rows

    def graphs() -> Report:
        return measure_graphs(
            network, rows, scene.single, scene.pad_id, plan.device, runs=plan.latency_runs
        )

    def fp8() -> Report:
        return measure_fp8(
            model, lambda: _stream(scene, network, rows, plan.budgets[0]), plan.device, RULE
        )

    found: dict[str, object] = {"graphs": attempt(graphs)}
    return found if form is WeightFormat.NF4 else found | {"fp8": attempt(fp8)}


def _network(scene: Scene, model: PreTrainedModel) -> Network:
    """Return the network that the worker serves, with a head whose decisions can be compared."""
    head = copy.deepcopy(random_weights.head_of(model)).float()
    raw = Network(model, head, scene.preset.pooling)
    budget = scene.plan.budgets[0]
    some = _stream(scene, raw, scene.rows[:SPREAD_REVIEWS], budget)
    return Network(model, random_weights.spread(head, some.logits), scene.preset.pooling)


def _stream(scene: Scene, network: Network, rows: Rows, budget: int) -> Reading:
    return streaming(network, rows, scene.pad_id, window=scene.plan.window, max_tokens=budget)


def _streaming(
    scene: Scene, model: PreTrainedModel, network: Network, budget: int
) -> dict[str, object]:
    results = _pass(scene, model, lambda rows: _stream(scene, network, rows, budget))
    logger.info("streaming, %d tokens: %s reviews/s", budget, results.get("reviews_per_s"))
    return {"max_tokens": budget, **results}


def _plain(scene: Scene, model: PreTrainedModel, whole: nn.Module) -> dict[str, object]:
    """Measure the recipe's loop, with the adapter in the type that PEFT loads it in."""
    random_weights.cast_adapter(model, torch.float32)
    size = scene.plan.plain_batch

    def read(rows: Rows) -> Reading:
        return plain_loop(whole, rows, scene.pad_id, size=size)

    some = replace(scene, rows=scene.rows[: scene.plan.plain_reviews])
    results = _pass(some, model, read)
    logger.info("plain loop, batches of %d: %s reviews/s", size, results.get("reviews_per_s"))
    latency = _latency(scene, lambda: read(scene.single))
    random_weights.cast_adapter(model, COMPUTE)
    return {"batch": size, **results, "latency": latency}


def _latency(scene: Scene, work: Callable[[], object]) -> dict[str, float]:
    plan = scene.plan
    warm_up = max(1, plan.latency_runs // 10)
    return latencies(work, plan.device, warm_up=warm_up, runs=plan.latency_runs)


def _agreement(scene: Scene, network: Network) -> dict[str, object]:
    rows = scene.rows[: scene.plan.agreement]
    logger.info("agreement of %d reviews read one by one", len(rows))
    alone = one_by_one(network, rows, scene.pad_id)
    together = _stream(scene, network, rows, scene.plan.budgets[0])
    return asdict(compare(alone.logits, together.logits, RULE))


def _pass(
    scene: Scene, model: PreTrainedModel, read: Callable[[Rows], Reading]
) -> dict[str, object]:
    """Return the results of reading all reviews several times, or that memory ran out."""
    device, readings, times_s = scene.plan.device, [], []
    forget_peak(device)
    try:
        read(scene.rows[: scene.plan.warm_up])
        for _ in range(scene.plan.repeats):
            times_s.append(seconds(lambda: readings.append(read(scene.rows)), device))
    except torch.OutOfMemoryError as e:
        return {"error": str(e).splitlines()[0]}
    return {
        "seconds": [round(time_s, 3) for time_s in times_s],
        **descriptions.rates(
            readings[0],
            reviews=len(scene.rows),
            tokens=sum(map(len, scene.rows)),
            time_s=median(times_s),
            flop_per_token=2 * random_weights.linear_parameters(model),
            peak_flop_per_s=scene.peak_flop_per_s,
        ),
        "peak_memory": peak_memory(device),
    }
