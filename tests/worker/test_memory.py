import pytest
import torch
from transformers import AutoModel

from benchmarks.shapes import configuration
from worker.memory import WORKSPACE_BYTES, Weights, fastest_that_fits, needed_bytes, unpacked_bytes
from worker.presets import GB, PRESETS, Preset


def test_packed_files_are_held_as_they_are() -> None:
    needed = needed_bytes(6 * GB, quantises=True, packed=True, weights=Weights.NF4)
    assert needed == 6 * GB + WORKSPACE_BYTES


def packed_size(preset: Preset) -> int:
    """Return the bytes of a recipe's base in NF4 with double quantisation, by its shapes."""
    with torch.device("meta"):
        body = AutoModel.from_config(configuration(preset), dtype=torch.bfloat16)
    linear = [m.weight.numel() for m in body.modules() if isinstance(m, torch.nn.Linear)]
    # A scale of a byte for 64 weights, and one of four bytes for 256 of those.
    scales = sum(linear) / 64 * (1 + 4 / 256)
    others = sum(p.numel() for p in body.parameters()) - sum(linear)
    return round(sum(linear) / 2 + scales + 2 * others)


@pytest.mark.parametrize("name", ["gemma-2-9b", "gemma-2-27b"])
def test_the_smallest_card_that_auto_takes_a_recipe_for_has_room_for_it(name: str) -> None:
    preset = PRESETS[name]
    assert preset.gpu_bytes is not None
    free = preset.gpu_bytes - GB // 2  # the CUDA context, and a desktop
    size = packed_size(preset)
    assert needed_bytes(size, quantises=True, packed=True, weights=Weights.NF4) <= free


def test_packing_at_load_takes_a_third() -> None:
    packing = needed_bytes(18 * GB, quantises=True, packed=False, weights=Weights.NF4)
    assert packing - WORKSPACE_BYTES == pytest.approx(6 * GB, rel=0.02)


def test_unpacked_a_4_bit_weight_takes_four_times_as_much_and_its_particulars_go() -> None:
    layer = {"a.weight": 512, "a.weight.quant_map": 64, "a.weight.absmax": 16}
    assert unpacked_bytes(layer | {"b.weight": 100, "a.bias": 8}) == 4 * 512 + 100 + 8


def test_a_model_in_full_precision_is_never_packed() -> None:
    needed = needed_bytes(GB, quantises=False, packed=False, weights=Weights.NF4)
    assert needed == GB + WORKSPACE_BYTES


@pytest.mark.parametrize(("free", "chosen"), [(80, "bf16"), (26, "bf16"), (24, "nf4"), (21, "nf4")])
def test_weights_are_unpacked_only_where_a_fifth_of_the_memory_stays_free(
    free: int, chosen: str
) -> None:
    assert fastest_that_fits(free * GB, 20 * GB) == chosen
