"""
Start time, memory and speed of a CPU model.

python -m benchmarks serving --data test.csv [--model DIR]

Prints JSON: seconds from the start of a process to the loaded model, its resident memory after the
reviews, milliseconds per single review, and reviews per second in batches. Uses one thread. Both
processor time and wall-clock time are given, because other processes may use the core.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import quantiles
from typing import Any

from threadpoolctl import threadpool_limits

from training.commands.shared_flags import add_taxonomy
from training.dataset.review_files import read_reviews
from triage.review import ReviewInput
from triage.taxonomy import load_taxonomy
from worker.classifiers.loading import DEFAULT_MODEL, load_classifier
from worker.classifiers.protocol import Classifier

BATCH = 64

# Loads a model in a new process with the modules of a worker.
START = """
import sys
from pathlib import Path
from triage.taxonomy import load_taxonomy
import worker.app
from worker.classifiers.loading import load_classifier
load_classifier(Path(sys.argv[1]), load_taxonomy(Path(sys.argv[2])))
"""


def measure(model: Path, reviews: Sequence[ReviewInput], taxonomy: Path) -> dict[str, Any]:
    """Return all figures of the model in a folder."""
    started = _start(model, taxonomy)
    with threadpool_limits(1):
        classifier = load_classifier(model, load_taxonomy(taxonomy))
        classifier.classify(reviews[:BATCH])  # warm-up
        figures = {
            "model": f"{classifier.manifest.name} {classifier.manifest.version}",
            "start": started,
            "one_review_ms": _single(classifier, reviews),
            "batches": _batches(classifier, reviews),
        }
    return {
        **figures,
        "resident_mb": _resident_mb(),
        "machine": f"{os.cpu_count()} x {platform.machine()}, Python {platform.python_version()}",
        "load_average": os.getloadavg(),
    }


def _start(model: Path, taxonomy: Path) -> dict[str, float]:
    """Return how long a new process takes until the model is loaded."""
    began_s, began_cpu_s = time.perf_counter(), _children_cpu_s()
    subprocess.run([sys.executable, "-c", START, str(model), str(taxonomy)], check=True)
    return {
        "wall_s": round(time.perf_counter() - began_s, 2),
        "processor_s": round(_children_cpu_s() - began_cpu_s, 2),
    }


def _children_cpu_s() -> float:
    times = os.times()
    return times.children_user + times.children_system


def _single(classifier: Classifier, reviews: Sequence[ReviewInput]) -> dict[str, Any]:
    return {
        name: _percentiles([_took_ms(clock, classifier, review) for review in reviews])
        for name, clock in (("wall", time.perf_counter), ("processor", time.process_time))
    }


def _took_ms(clock: Callable[[], float], classifier: Classifier, review: ReviewInput) -> float:
    began_s = clock()
    classifier.classify([review])
    return (clock() - began_s) * 1000


def _percentiles(values: Sequence[float]) -> dict[str, float]:
    cuts = quantiles(values, n=20)
    return {"p50": round(cuts[9], 2), "p95": round(cuts[18], 2)}


def _batches(classifier: Classifier, reviews: Sequence[ReviewInput]) -> dict[str, int]:
    """Return reviews a second in batches of similar length, as the worker cuts them."""
    by_length = sorted(reviews, key=lambda review: len(review.text))
    began_s, began_cpu_s = time.perf_counter(), time.process_time()
    for at in range(0, len(by_length), BATCH):
        classifier.classify(by_length[at : at + BATCH])
    took_s, took_cpu_s = time.perf_counter() - began_s, time.process_time() - began_cpu_s
    return {
        "reviews_per_s": round(len(reviews) / took_s),
        "reviews_per_processor_s": round(len(reviews) / took_cpu_s),
    }


def _resident_mb() -> int:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return round(pages * os.sysconf("SC_PAGE_SIZE") / 1e6)


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks serving", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="CSV with reviews")
    parser.add_argument("--model", type=Path, default=DEFAULT_MODEL, help="folder of a CPU model")
    parser.add_argument(
        "--reviews", type=int, default=500, help="number of single reviews (%(default)s)"
    )
    add_taxonomy(parser)
    given = parser.parse_args(argv)
    rows = read_reviews(given.data, load_taxonomy(given.taxonomy))[: given.reviews]
    reviews = [row.review for row in rows]
    print(json.dumps(measure(given.model, reviews, given.taxonomy), indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
