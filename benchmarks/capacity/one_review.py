"""
The cost of one review in each part of the product: the measurements of docs/scaling.md.

python -m benchmarks capacity [--reviews N] [--pictures N]    prints JSON

It measures the CPU model, charts, a real Redis with an append-only file, and SQLite, but neither
Telegram nor a GPU. Reviews are invented and as long as real ones.
"""

import argparse
import asyncio
import json
import os
import platform
import sys
import time
from collections.abc import Sequence
from typing import Any

from benchmarks.capacity.archive import measure_archive
from benchmarks.capacity.redis_queue import measure_queue
from benchmarks.latency.chart_time import answers, measured
from benchmarks.reviews.invented import jobs
from charts.probabilities import answer_page
from tests.redis_server import find_redis
from training.prediction.scoring import CHUNK, MAX_TOKENS, score_chunk
from triage.taxonomy import load_taxonomy
from worker.classifiers.loading import DEFAULT_MODEL, load_classifier


def measure(executable: str, *, reviews: int, pictures: int) -> dict[str, Any]:
    """Return all results; the parts are measured one after the other."""
    load_before = os.getloadavg()
    results = {
        "model": _model(reviews),
        "chart": _chart(pictures),
        "queue": asyncio.run(measure_queue(executable, reviews=reviews, pictures=pictures)),
        "archive": asyncio.run(measure_archive(reviews)),
    }
    return {
        **results,
        "machine": f"{os.cpu_count()} x {platform.machine()}, Python {platform.python_version()}",
        "load_average": {"before": load_before, "after": os.getloadavg()},
    }


def _model(count: int) -> dict[str, Any]:
    """Return how fast the CPU model reads in one thread, in chunks as bulk scoring does."""
    classifier = load_classifier(DEFAULT_MODEL, load_taxonomy())
    some = [job.review() for job in jobs(count)]
    score_chunk(classifier, some[:CHUNK], max_tokens=MAX_TOKENS)  # warm-up
    began_s, began_cpu_s = time.perf_counter(), time.process_time()
    for at in range(0, count, CHUNK):
        score_chunk(classifier, some[at : at + CHUNK], max_tokens=MAX_TOKENS)
    took_s, took_cpu_s = time.perf_counter() - began_s, time.process_time() - began_cpu_s
    return {
        "reviews": count,
        "reviews_per_s": round(count / took_s),
        "reviews_per_processor_s": round(count / took_cpu_s),
    }


def _chart(count: int) -> dict[str, Any]:
    times = measured(lambda answer: answer_page(answer).png(), answers(count))
    return {**times, "charts_per_s": round(1000 / times["p50_ms"], 1)}


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print; 1 if there is no Redis to measure."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks capacity", description=__doc__)
    parser.add_argument("--reviews", type=int, default=4000, help="number of reviews (%(default)s)")
    parser.add_argument(
        "--pictures", type=int, default=300, help="number of them with charts (%(default)s)"
    )
    given = parser.parse_args(argv)
    executable = find_redis()
    if executable is None:
        print("error: redis-server is not found; install it", file=sys.stderr)
        return 1
    results = measure(executable, reviews=given.reviews, pictures=given.pictures)
    print(json.dumps(results, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
