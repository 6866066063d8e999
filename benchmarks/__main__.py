"""Runs one of the measurements: python -m benchmarks NAME [its options]."""

import importlib
import sys
from collections.abc import Mapping
from types import MappingProxyType

from training.errors import TrainingError
from triage.errors import TriageError

# name -> (module, what it measures)
BENCHMARKS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "capacity": ("capacity.one_review", "what a review costs model, charts, Redis and archive"),
        "charts": ("latency.chart_time", "how long a chart takes"),
        "desk": ("desk.moderator_wait", "how long a moderator waits for a panel and for the card"),
        "differential": ("gpu.differential", "whether logits equal those of stock transformers"),
        "few-labels": ("quality.few_labels", "what the CPU model answers after few labels"),
        "gpu": ("gpu.inference", "how fast a language model reads reviews, in how much memory"),
        "languages": ("quality.foreign_reviews", "what models make of other languages"),
        "latency": ("latency.answer_time", "how long a customer waits with an idle product"),
        "robustness": ("quality.robustness", "how models stand typing errors and the like"),
        "serving": ("latency.serving_cost", "start, memory and speed of a CPU model"),
        "sharing": ("capacity.sharing", "how workers share a queue, and what a killed one costs"),
        "taps": ("desk.taps", "how many taps correcting the classes of a review costs"),
        "train": ("gpu.training", "how long an epoch of a fit takes, and in how much memory"),
    }
)


def main(arguments: list[str]) -> int:
    """Return the exit code of the measurement that the first argument names; 2 for another."""
    if arguments and arguments[0] in BENCHMARKS:
        # Each has heavy imports of its own.
        module = importlib.import_module(f"benchmarks.{BENCHMARKS[arguments[0]][0]}")
        try:
            return module.main(arguments[1:]) or 0
        except (TriageError, TrainingError) as e:
            print(f"benchmarks: {e}", file=sys.stderr)
            return 1
    print(__doc__, *(f"{name:14}{what}" for name, (_, what) in BENCHMARKS.items()), sep="\n")
    return 0 if arguments in (["-h"], ["--help"]) else 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
