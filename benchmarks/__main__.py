"""Runs a benchmark: python -m benchmarks NAME [options]."""

import importlib
import sys
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from training.errors import TrainingError
from triage.command_line import exit_code

# name -> (module, what it measures)
BENCHMARKS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "capacity": (
            "capacity.one_review",
            "cost of a review for model, charts, Redis and archive",
        ),
        "charts": ("latency.chart_time", "time to draw a chart"),
        "desk": ("desk.moderator_wait", "time until a moderator sees a panel and a changed card"),
        "differential": ("gpu.differential", "difference of logits from stock transformers"),
        "few-labels": ("quality.few_labels", "accuracy of the CPU model with few labels"),
        "gpu": ("gpu.inference", "speed and memory of a language model"),
        "languages": ("quality.foreign_reviews", "answers to reviews in other languages"),
        "latency": ("latency.answer_time", "time until a customer gets an answer, without load"),
        "robustness": ("quality.robustness", "accuracy on texts with typing errors"),
        "serving": ("latency.serving_cost", "start time, memory and speed of a CPU model"),
        "sharing": ("capacity.sharing", "how workers share a queue, with and without a kill"),
        "taps": ("desk.taps", "taps needed to correct the classes of a review"),
        "train": ("gpu.training", "time and memory of a training epoch"),
    }
)


def main(arguments: Sequence[str]) -> int:
    """Return the exit code of the named measurement; 2 for an unknown name."""
    if arguments and arguments[0] in BENCHMARKS:
        return exit_code("benchmarks", lambda: _measure(*arguments), TrainingError, OSError)
    print(__doc__, *(f"{name:14}{what}" for name, (_, what) in BENCHMARKS.items()), sep="\n")
    return 0 if list(arguments) in (["-h"], ["--help"]) else 2


def _measure(name: str, *arguments: str) -> int:
    """Return the exit code of a measurement; each has heavy imports of its own."""
    module = importlib.import_module(f"benchmarks.{BENCHMARKS[name][0]}")
    return module.main(arguments) or 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
