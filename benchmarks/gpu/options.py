"""
Measures what the worker does not use: CUDA graphs of single reviews, and 8-bit matrix products.

Each is compared with the network as it is served, in time and in logits or decisions.
"""

import time
from collections.abc import Callable
from dataclasses import asdict

import numpy as np
from transformers import PreTrainedModel

from benchmarks.gpu.agreement import compare
from benchmarks.gpu.fp8_layers import lacks_fp8, use_fp8
from benchmarks.gpu.graphs import GraphedNetwork, capture_graph, repeat_work
from benchmarks.gpu.readers import Reading, Rows
from benchmarks.gpu.stopwatch import latencies, memory_in_use, seconds
from triage.cascade import Ladder
from worker.classifiers.language.network import Network
from worker.classifiers.language.placement import first_line

Report = dict[str, object]

# Reviews of different lengths whose logits are compared.
COMPARED = 32


def attempt(measure: Callable[[], Report]) -> Report:
    """Return what was measured, or why it failed: the results before it must stay."""
    try:
        return measure()
    except RuntimeError as e:
        return {"error": first_line(e)}


def measure_graphs(
    network: Network, rows: Rows, single: Rows, pad_id: int, device: str, *, runs: int
) -> Report:
    """Return the latency of one review by captured passes, and the largest change of a logit."""
    on_gpu = device.startswith("cuda")
    before, began_s = memory_in_use(device), time.perf_counter()
    graphed = GraphedNetwork(network, capture=capture_graph if on_gpu else repeat_work)
    took_s, after = time.perf_counter() - began_s, memory_in_use(device)
    gaps = [
        float(np.abs(graphed.logits([row], pad_id) - network.logits([row], pad_id)).max())
        for row in rows[:COMPARED]
    ]
    return {
        "captured": on_gpu,
        "capture_s": round(took_s, 1),
        "bytes": None if before is None or after is None else after - before,
        "largest_logit_difference": max(gaps),
        "latency": latencies(
            lambda: graphed.logits(single, pad_id), device, warm_up=max(1, runs // 10), runs=runs
        ),
    }


def measure_fp8(
    model: PreTrainedModel, read: Callable[[], Reading], device: str, rule: Ladder
) -> Report:
    """Return time and decisions with and without 8-bit products; the model keeps them."""
    if lacks_fp8(device):
        return {"skipped": "this GPU is older than NVIDIA's Hopper generation"}
    read()  # warm-up
    plain, found = [], []
    plain_s = seconds(lambda: plain.append(read()), device)
    layers = use_fp8(model)
    read()
    fp8_s = seconds(lambda: found.append(read()), device)
    return {
        "layers": layers,
        "seconds": round(fp8_s, 3),
        "seconds_without": round(plain_s, 3),
        "agreement": asdict(compare(plain[0].logits, found[0].logits, rule)),
    }
