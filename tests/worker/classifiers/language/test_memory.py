import pytest
import torch
from transformers import AutoModel

from benchmarks.gpu.shapes import configuration
from tests.worker.classifiers.language.activations import activation_bytes
from worker.classifiers.language.memory import (
    WORKSPACE_BYTES,
    Gpu,
    WeightFormat,
    fastest_that_fits,
    largest_for,
    needed_bytes,
    unpacked_bytes,
)
from worker.classifiers.language.presets import GB, PRESETS, Preset


def test_packed_weights_need_their_file_size_in_memory() -> None:
    needed = needed_bytes(6 * GB, quantises=True, packed=True, weights=WeightFormat.NF4)
    assert needed == 6 * GB + WORKSPACE_BYTES


GIB = 2**30


def packed_size(preset: Preset) -> int:
    """Return the bytes of a recipe's base in NF4 with double quantisation, by its shapes."""
    with torch.device("meta"):
        body = AutoModel.from_config(configuration(preset), dtype=torch.bfloat16)
    linear = [m.weight.numel() for m in body.modules() if isinstance(m, torch.nn.Linear)]
    # A scale of a byte for 64 weights, and one of four bytes for 256 of those.
    scales = sum(linear) / 64 * (1 + 4 / 256)
    others = sum(p.numel() for p in body.parameters()) - sum(linear)
    return round(sum(linear) / 2 + scales + 2 * others)


@pytest.mark.parametrize("rows", [8, 100])
@pytest.mark.parametrize("name", ["gemma-2-9b", "gemma-2-27b"])
def test_the_workspace_estimate_covers_the_activations_of_a_full_batch(
    name: str, rows: int
) -> None:
    preset = PRESETS[name]
    config = configuration(preset)
    unpacked = 2 * config.hidden_size * config.intermediate_size
    copy = 2 * 4096 * config.intermediate_size  # PEFT's, of what a 4-bit layer gives
    assert activation_bytes(preset, rows, 4096 // rows) + unpacked + copy < WORKSPACE_BYTES


@pytest.mark.parametrize("name", ["gemma-2-9b", "gemma-2-27b"])
def test_a_recipe_fits_on_the_smallest_gpu_for_which_auto_chooses_it(name: str) -> None:
    preset = PRESETS[name]
    assert preset.gpu_bytes is not None
    free = preset.gpu_bytes - GB // 2  # the CUDA context, and a desktop
    size = packed_size(preset)
    assert preset.nf4_bytes == pytest.approx(size, rel=0.001)
    assert needed_bytes(size, quantises=True, packed=True, weights=WeightFormat.NF4) <= free


@pytest.mark.parametrize(
    ("memory", "name"),
    [
        (8 * GB, None),
        (round(9.50 * GIB), "gemma-2-9b"),  # a slice of an H100: "1g.10gb"
        (round(9.78 * GIB), "gemma-2-9b"),  # RTX 3080 of 10 GB
        (16 * GB, "gemma-2-9b"),
        (round(19.5 * GIB), "gemma-2-9b"),  # "2g.20gb" of an A100
        (round(22.03 * GIB), "gemma-2-27b"),  # L4 of 24 GB, with error correction
        (round(22.49 * GIB), "gemma-2-27b"),  # A10G of 24 GB
        (round(23.68 * GIB), "gemma-2-27b"),  # RTX 4090 of 24 GB
        (141 * GB, "gemma-2-27b"),
    ],
)
def test_auto_chooses_the_largest_recipe_that_fits(memory: int, name: str | None) -> None:
    found = largest_for(Gpu(memory, memory - GB // 2, has_bf16=True))
    assert (found.name if found else None) == name


def test_auto_does_not_choose_a_recipe_that_needs_missing_bfloat16() -> None:
    found = largest_for(Gpu(48 * GB, 47 * GB, has_bf16=False))  # Quadro RTX 8000
    assert found is not None
    assert found.name == "gemma-2-9b"


@pytest.mark.parametrize(("free", "name"), [(19, "gemma-2-27b"), (18, "gemma-2-9b"), (8, None)])
def test_auto_considers_only_the_free_gpu_memory(free: int, name: str | None) -> None:
    found = largest_for(Gpu(24 * GB, free * GB, has_bf16=True))
    assert (found.name if found else None) == name


def test_quantising_at_load_needs_a_third_of_the_memory() -> None:
    packing = needed_bytes(18 * GB, quantises=True, packed=False, weights=WeightFormat.NF4)
    assert packing - WORKSPACE_BYTES == pytest.approx(6 * GB, rel=0.02)


def test_an_unpacked_4_bit_weight_needs_four_times_its_size_without_metadata() -> None:
    layer = {"a.weight": 512, "a.weight.quant_map": 64, "a.weight.absmax": 16}
    assert unpacked_bytes(layer | {"b.weight": 100, "a.bias": 8}) == 4 * 512 + 100 + 8


def test_a_full_precision_model_is_never_quantised() -> None:
    needed = needed_bytes(GB, quantises=False, packed=False, weights=WeightFormat.NF4)
    assert needed == GB + WORKSPACE_BYTES


@pytest.mark.parametrize(("free", "chosen"), [(80, "bf16"), (26, "bf16"), (24, "nf4"), (21, "nf4")])
def test_weights_are_unpacked_only_if_a_fifth_of_the_memory_stays_free(
    free: int, chosen: str
) -> None:
    assert fastest_that_fits(free * GB, 20 * GB) == chosen
