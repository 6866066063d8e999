"""The agreement of lower precisions with float32, where one of them cannot be computed."""

import pytest

from benchmarks.gpu.precision import precision_agreement


def test_without_8_bit_products_the_other_precisions_are_measured(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(_: object) -> None:
        raise RuntimeError("only per-tensor scaling\nmore")

    monkeypatch.setattr("benchmarks.gpu.precision.use_fp8", refuse)

    found = precision_agreement("cpu", reviews=3, seed=0)

    assert found["fp8"] == {"error": "only per-tensor scaling"}
    assert [found[name]["reviews"] for name in ("bf16", "nf4", "fp16")] == [3, 3, 3]  # type: ignore[index]
