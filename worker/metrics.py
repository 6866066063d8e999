"""
The worker's metrics for Prometheus; only this module of the worker imports prometheus_client.

No label names a person or a review, and each has few values: classes of the taxonomy, rungs of the
ladder, stages. https://prometheus.io/docs/practices/naming/
"""

from collections.abc import Iterable
from functools import partial
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, make_wsgi_app
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from triage.queue.messages import ModelName, Outcome, Timings
from worker.classifiers.protocol import GpuMemory, no_gpu

# From a chart of the linear model to a job that waited for a GPU to recover.
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800)
REVIEWS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)
TOKENS = (64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768)


class WorkerMetrics:
    """The worker's metrics, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        self._gpu = _GpuMemory()
        registry.register(self._gpu)
        gauge = partial(Gauge, registry=registry)
        counter = partial(Counter, registry=registry)
        histogram = partial(Histogram, registry=registry)

        cost = "Cost of a batch: its number of reviews times the tokens of the longest."
        kinds = "Tokens run, by kind: text or padding."
        spent = "Seconds of a review in each stage."
        self._batches = histogram("triage_batch_reviews", "Reviews run together.", buckets=REVIEWS)
        self._padded = histogram("triage_batch_padded_tokens", cost, buckets=TOKENS)
        self._tokens = counter("triage_tokens", kinds, ["kind"])
        self._window = gauge("triage_window_jobs", "Jobs in the window, not run yet.")
        self._stages = histogram("triage_stage_seconds", spent, ["stage"], buckets=SECONDS)
        self._classes = counter("triage_classes", "Reviews that got the class.", ["class_id"])
        self._rungs = counter("triage_rungs", "Decisions, by the rung of the ladder.", ["rung"])
        self._retries = counter("triage_job_retries", "Jobs run once more, or taken over.", ["why"])
        self._dead = counter("triage_dead_letters", "Jobs moved to the dead letters.", ["reason"])
        self._model = gauge("triage_model_info", "The model that serves.", ["name", "version"])
        stays = "1 if WORKER_MODEL=auto stays with the CPU model, by the kind of error."
        self._not_upgraded = gauge("triage_model_not_upgraded", stays, ["reason"])

    def wsgi_app(self) -> Any:
        """Return the WSGI application that Prometheus scrapes."""
        return make_wsgi_app(self.registry)

    def watch(self, gpu_memory: GpuMemory) -> None:
        """Call `gpu_memory` at each scrape from now on, in a thread of its own."""
        self._gpu.gpu_memory = gpu_memory

    def serves(self, model: ModelName) -> None:
        """Record which model answers from now on."""
        self._model.clear()
        self._model.labels(model.name, model.version).set(1)

    def not_upgraded(self, reason: str) -> None:
        """Record why a larger model does not serve: the name of an error's class."""
        self._not_upgraded.clear()
        self._not_upgraded.labels(reason).set(1)

    def upgraded(self) -> None:
        """Record that no reason is known why a larger model does not serve."""
        self._not_upgraded.clear()

    def ran(self, tokens: Iterable[int], padded: int, left: int) -> None:
        """Count a batch: tokens of its rows, its padded cost, and the jobs left in the window."""
        rows = list(tokens)
        self._batches.observe(len(rows))
        self._padded.observe(padded)
        self._tokens.labels("text").inc(sum(rows))
        self._tokens.labels("padding").inc(padded - sum(rows))
        self._window.set(left)

    def again(self, why: str) -> None:
        """Count a job that is run once more: "alone", "later", or "taken over" from another."""
        self._retries.labels(why).inc()

    def published(self, outcome: Outcome) -> None:
        """Count an outcome, whether an answer or a dead letter."""
        self._timed(outcome.timings_ms)
        if outcome.decision is None:
            # A reason is "kind: details"; the kinds are few.
            self._dead.labels((outcome.error or "").partition(":")[0]).inc()
            return
        rung = outcome.decision.rung
        self._rungs.labels("none" if rung is None else f"{rung:g}").inc()
        for class_id in outcome.decision.classes:
            self._classes.labels(str(class_id)).inc()

    def _timed(self, timings: Timings) -> None:
        for stage, took_ms in timings.model_dump().items():
            self._stages.labels(stage).observe(took_ms / 1000)


class _GpuMemory(Collector):
    """Reads the memory of the devices at each scrape."""

    def __init__(self) -> None:
        self.gpu_memory: GpuMemory = no_gpu

    def describe(self) -> Iterable[Metric]:
        """Return the metric without values; it exists without a GPU too."""
        return [self._family()]

    def collect(self) -> Iterable[Metric]:
        """Return the bytes of each device."""
        family = self._family()
        for device, kinds in self.gpu_memory().items():
            for kind, count in kinds.items():
                family.add_metric([device, kind], count)
        return [family]

    def _family(self) -> GaugeMetricFamily:
        words = "Memory of the GPU."
        return GaugeMetricFamily("triage_gpu_memory_bytes", words, labels=["device", "kind"])
