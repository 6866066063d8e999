"""
Time and memory of work on a device: values are read only after the device has finished.

A GPU works asynchronously; a clock that is read without waiting for it measures how fast work is
queued.
"""

import statistics
import time
from collections.abc import Callable, Mapping, Sequence

import torch

# A matrix product this wide keeps any current GPU busy; a CPU gets a smaller one.
PEAK_SIZE = 8192
TOY_PEAK_SIZE = 128
PEAK_PRODUCTS = 20
PEAK_REPEATS = 5


def finish(device: str) -> None:
    """Wait until `device` has finished its work."""
    if device.startswith("cuda"):
        torch.cuda.synchronize()


def seconds(work: Callable[[], object], device: str) -> float:
    """Return how long `work` takes, from an idle device to an idle device."""
    finish(device)
    began_s = time.perf_counter()
    work()
    finish(device)
    return time.perf_counter() - began_s


def peak_rate(device: str, dtype: torch.dtype, *, tiny: bool) -> dict[str, float | int | str]:
    """Return the rate of plain matrix products (FLOP/s), the median of some repeats."""
    size = TOY_PEAK_SIZE if tiny else PEAK_SIZE
    left, right = (torch.randn(size, size, dtype=dtype, device=device) for _ in range(2))
    out = torch.empty_like(left)

    def products() -> None:
        for _ in range(PEAK_PRODUCTS):
            torch.matmul(left, right, out=out)

    products()  # warm-up: selects the kernel
    median_s = statistics.median(seconds(products, device) for _ in range(PEAK_REPEATS))
    return {
        "flop_per_s": 2 * size**3 * PEAK_PRODUCTS / median_s,
        "size": size,
        "dtype": str(dtype).removeprefix("torch."),
        "products": PEAK_PRODUCTS,
        "repeats": PEAK_REPEATS,
    }


def forget_peak(device: str) -> None:
    """Reset the counter of peak memory."""
    if device.startswith("cuda"):
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()


def memory_in_use(device: str) -> int | None:
    """Return the bytes that tensors take on `device`, None on a CPU."""
    return torch.cuda.memory_allocated() if device.startswith("cuda") else None


def peak_memory(device: str) -> Mapping[str, int] | None:
    """
    Return the most bytes in use since `forget_peak`, None on a CPU.

    `reserved` is what PyTorch allocated for them; neither includes the driver's own memory.
    """
    if not device.startswith("cuda"):
        return None
    return {
        "allocated_bytes": torch.cuda.max_memory_allocated(),
        "reserved_bytes": torch.cuda.max_memory_reserved(),
    }


def latencies(
    work: Callable[[], object], device: str, *, warm_up: int, runs: int
) -> dict[str, float]:
    """Return p50, p95 and the longest of single runs, in milliseconds."""
    for _ in range(warm_up):
        work()
    times_ms = [seconds(work, device) * 1000 for _ in range(runs)]
    return {"runs": runs, "warm_up": warm_up, **percentiles(times_ms)}


def percentiles(times_ms: Sequence[float]) -> dict[str, float]:
    """Return p50, p95 and the longest of at least two times."""
    cuts = statistics.quantiles(times_ms, n=20, method="inclusive")
    return {
        "p50_ms": round(cuts[9], 3),
        "p95_ms": round(cuts[18], 3),
        "max_ms": round(max(times_ms), 3),
    }
