from collections.abc import Mapping
from uuid import UUID

from triage.cascade import Confidence, Decision
from triage.queue.messages import ModelName, Outcome, Timings
from worker.metrics import WorkerMetrics

MODEL = ModelName(name="rules", version="1")


def value(metrics: WorkerMetrics, name: str, /, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(name, labels)


def test_batch_metrics_count_reviews_tokens_and_padding() -> None:
    metrics = WorkerMetrics()
    metrics.ran([10, 20, 30], padded=90, left=5)
    assert value(metrics, "triage_batch_reviews_sum") == 3
    assert value(metrics, "triage_batch_padded_tokens_sum") == 90
    assert value(metrics, "triage_tokens_total", kind="text") == 60
    assert value(metrics, "triage_tokens_total", kind="padding") == 30
    assert value(metrics, "triage_window_jobs") == 5


def test_answer_metrics_count_classes_rungs_and_stage_times() -> None:
    metrics = WorkerMetrics()
    metrics.published(
        Outcome(
            review_id=UUID(int=1),
            model=MODEL,
            probabilities=(0.9, 0.8),
            decision=Decision((3, 19), 0.5, Confidence.LIKELY),
            timings_ms=Timings(queued=1000, model=250),
        )
    )
    assert value(metrics, "triage_classes_total", class_id="3") == 1
    assert value(metrics, "triage_classes_total", class_id="19") == 1
    assert value(metrics, "triage_rungs_total", rung="0.5") == 1
    assert value(metrics, "triage_stage_seconds_sum", stage="queued") == 1.0
    assert value(metrics, "triage_stage_seconds_sum", stage="model") == 0.25


def test_dead_letters_are_counted_by_the_kind_of_their_reason() -> None:
    metrics = WorkerMetrics()
    for count in (1, 2):
        reason = f"unfinished: delivered {count} times without an outcome"
        metrics.published(Outcome(review_id=UUID(int=1), model=MODEL, error=reason))
    assert value(metrics, "triage_dead_letters_total", reason="unfinished") == 2


def test_the_model_metric_shows_one_served_model() -> None:
    metrics = WorkerMetrics()
    metrics.serves(MODEL)
    metrics.serves(ModelName(name="gemma", version="2"))
    assert value(metrics, "triage_model_info", name="rules", version="1") is None
    assert value(metrics, "triage_model_info", name="gemma", version="2") == 1


def test_the_metric_shows_why_no_larger_model_is_served_until_one_is() -> None:
    metrics = WorkerMetrics()
    metrics.not_upgraded("NoGpu")
    metrics.not_upgraded("NotFetched")
    assert value(metrics, "triage_model_not_upgraded", reason="NoGpu") is None
    assert value(metrics, "triage_model_not_upgraded", reason="NotFetched") == 1
    metrics.upgraded()
    assert value(metrics, "triage_model_not_upgraded", reason="NotFetched") is None


def test_gpu_memory_is_read_at_each_scrape() -> None:
    used = iter((10, 20))

    def gpu_memory() -> Mapping[str, Mapping[str, int]]:
        return {"0": {"used": next(used), "total": 80}}

    metrics = WorkerMetrics()
    metrics.watch(gpu_memory)
    assert value(metrics, "triage_gpu_memory_bytes", device="0", kind="used") == 10
    assert value(metrics, "triage_gpu_memory_bytes", device="0", kind="used") == 20
