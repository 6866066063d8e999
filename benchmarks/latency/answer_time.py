"""
Time until a customer gets an answer, without load: python -m benchmarks latency [--reviews N].

One customer after another sends a review through the unchanged bot and worker in one process.
The receipt is the first change of the preview after the tap on Send, the answer its picture; both
as the customer's client sees them. Prints JSON with milliseconds.
"""

import argparse
import asyncio
import json
import os
import platform
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import quantiles

from sandbox.simulated_people import Customer
from sandbox.stack import Stack, running
from sandbox.telegram.message import ChatMessage

TEXT = "Ждали заказ два часа, курьер не позвонил, а цены снова выросли"


async def one(stack: Stack) -> tuple[float, float]:
    """Return the milliseconds to the receipt and to the answer of one review."""
    customer = Customer(stack.world)
    await customer.says("/start")
    await customer.taps("3")
    await customer.taps("DELIVERY")
    await customer.taps("d")
    await customer.says(TEXT)
    preview = await customer.sees(lambda m: any(":s:" in (b.data or "") for b in m.buttons))

    def has_changed(message: ChatMessage) -> bool:
        return message.message_id == preview.message_id and message.content != preview.content

    began_s = time.perf_counter()
    await customer.taps_without_waiting("s")
    await customer.sees(has_changed)
    receipt_s = time.perf_counter()
    await customer.sees(lambda m: m.message_id == preview.message_id and m.media is not None)
    return (receipt_s - began_s) * 1000, (time.perf_counter() - began_s) * 1000


async def measure(reviews: int) -> dict[str, object]:
    """Return p50, p95 and the longest of both, in milliseconds."""
    with tempfile.TemporaryDirectory() as folder:
        async with running(Path(folder)) as stack:
            await one(stack)  # warm-up
            times = [await one(stack) for _ in range(reviews)]
    return {
        "reviews": reviews,
        "receipt_ms": percentiles([receipt for receipt, _ in times]),
        "answer_ms": percentiles([answer for _, answer in times]),
        "machine": f"{os.cpu_count()} x {platform.machine()}, Python {platform.python_version()}",
    }


def percentiles(times_ms: Sequence[float]) -> dict[str, float]:
    """Return median, 95th percentile and maximum of at least two times."""
    cuts = quantiles(times_ms, n=20)
    return {"p50": round(cuts[9], 1), "p95": round(cuts[18], 1), "max": round(max(times_ms), 1)}


def main(argv: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks latency", description=__doc__)
    parser.add_argument("--reviews", type=int, default=50, help="number of reviews (%(default)s)")
    print(json.dumps(asyncio.run(measure(parser.parse_args(argv).reviews)), indent=2))


if __name__ == "__main__":
    main()
