"""Profiles one full batch through the worker's network: which operators take the time."""

from torch.profiler import ProfilerActivity, profile

from benchmarks.gpu import random_weights
from benchmarks.gpu.descriptions import COMPUTE
from benchmarks.gpu.shapes import configuration, recipe
from benchmarks.gpu.stopwatch import finish
from benchmarks.reviews.lengths import random_rows
from triage.taxonomy import load_taxonomy
from worker.classifiers.language.memory import WeightFormat
from worker.classifiers.language.network import Network, optimise_for_reading
from worker.classifiers.language.placement import Placement

# Tokens of each review of the batch, about the mean of real ones.
REVIEW_TOKENS = 64
TABLE_ROWS = 25


def profile_reading(
    preset_name: str, form: WeightFormat, device: str, *, tiny: bool, budget: int, seed: int
) -> dict[str, object]:
    """Return the table of the operators of one batch of `budget` tokens, and of one review."""
    preset = recipe(preset_name, tiny=tiny)
    config = configuration(preset, tiny=tiny)
    placement = Placement(device, COMPUTE, dequantised=form is WeightFormat.BF16)
    classes = len(load_taxonomy().ids)
    model = random_weights.random_base(config, preset, classes, placement, seed=seed)
    random_weights.random_adapter(model, preset)
    optimise_for_reading(model)
    network = Network(model, random_weights.head_of(model).float(), preset.pooling)
    rows = random_rows(
        [REVIEW_TOKENS] * max(1, budget // REVIEW_TOKENS),
        config.vocab_size,
        bos=config.bos_token_id,
        eos=config.eos_token_id,
        seed=seed,
    )
    batch = _profiled(network, rows, config.pad_token_id, device)
    one = _profiled(network, rows[:1], config.pad_token_id, device)
    return {"preset": preset_name, "form": str(form), "batch": batch, "one_review": one}


def _profiled(
    network: Network, rows: list[tuple[int, ...]], pad_id: int, device: str
) -> dict[str, object]:
    cuda = device.startswith("cuda")
    activities = [ProfilerActivity.CPU, *([ProfilerActivity.CUDA] if cuda else [])]
    network.logits(rows, pad_id)  # warm-up
    with profile(activities=activities) as seen:
        network.logits(rows, pad_id)
        finish(device)
    averages = seen.key_averages()
    order = "self_cuda_time_total" if cuda else "self_cpu_time_total"
    launches = sum(event.count for event in averages if event.key == "cudaLaunchKernel")
    return {
        "reviews": len(rows),
        "kernel_launches": launches if cuda else None,
        "table": averages.table(sort_by=order, row_limit=TABLE_ROWS).splitlines(),
    }
