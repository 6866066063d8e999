import pytest

from worker.memory import WORKSPACE_BYTES, Weights, choose_weights, needed_bytes
from worker.presets import GB


def test_packed_files_are_held_as_they_are() -> None:
    needed = needed_bytes(6 * GB, quantises=True, packed=True, weights=Weights.NF4)
    assert needed == 6 * GB + WORKSPACE_BYTES


def test_packing_at_load_takes_a_third_and_unpacking_three_times_as_much() -> None:
    packing = needed_bytes(18 * GB, quantises=True, packed=False, weights=Weights.NF4)
    unpacking = needed_bytes(6 * GB, quantises=True, packed=True, weights=Weights.BF16)
    assert packing - WORKSPACE_BYTES == pytest.approx(6 * GB, rel=0.02)
    assert unpacking - WORKSPACE_BYTES == pytest.approx(18 * GB, rel=0.02)


def test_a_model_in_full_precision_is_never_packed() -> None:
    needed = needed_bytes(GB, quantises=False, packed=False, weights=Weights.NF4)
    assert needed == GB + WORKSPACE_BYTES


@pytest.mark.parametrize(
    ("wanted", "free", "chosen"),
    [
        (Weights.NF4, 141, Weights.NF4),
        (Weights.BF16, 10, Weights.BF16),
        (Weights.AUTO, 80, Weights.BF16),
        (Weights.AUTO, 24, Weights.NF4),
        (Weights.AUTO, 21, Weights.NF4),
    ],
)
def test_auto_unpacks_only_where_a_fifth_of_the_memory_stays_free(
    wanted: Weights, free: int, chosen: Weights
) -> None:
    assert choose_weights(wanted, free * GB, 20 * GB) is chosen
