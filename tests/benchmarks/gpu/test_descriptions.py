import numpy as np
import pytest

from benchmarks.gpu.descriptions import rates, times_plain_loop
from benchmarks.gpu.readers import Reading


def test_rates_are_computed_with_and_without_padding() -> None:
    reading = Reading(np.zeros((4, 2), np.float32), batches=2, padded_tokens=125)
    found = rates(
        reading, reviews=4, tokens=100, time_s=2.0, flop_per_token=30.0, peak_flop_per_s=6000.0
    )
    assert found["reviews_per_s"] == 2
    assert found["tokens_per_s"] == 50
    assert found["share_of_peak"] == pytest.approx(0.25)
    assert found["share_of_peak_with_padding"] == pytest.approx(0.3125)
    assert found["padding_waste"] == pytest.approx(0.2)


PLAIN = {"batch": 32, "reviews_per_s": 50.0}


def test_the_speedup_of_a_form_uses_its_first_token_budget() -> None:
    forms = [
        {"form": "nf4", "streaming": [{"reviews_per_s": 200.0}, {"reviews_per_s": 1.0}]},
        {"form": "bf16", "skipped": "too large"},
    ]
    assert times_plain_loop([{**forms[0], "plain_loop": PLAIN}, forms[1]]) == {"nf4": 4.0}


@pytest.mark.parametrize(
    "form",
    [
        {"form": "nf4", "streaming": [{"error": "out of memory"}], "plain_loop": PLAIN},
        {"form": "nf4", "streaming": [{"reviews_per_s": 2.0}], "plain_loop": {"error": "no"}},
        {"form": "bf16", "streaming": [{"reviews_per_s": 2.0}]},
    ],
)
def test_no_speedup_is_reported_without_a_measurement(form: dict[str, object]) -> None:
    assert times_plain_loop([form]) == {}
