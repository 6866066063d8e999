from collections.abc import Mapping
from uuid import UUID

from triage.cascade import Confidence, Decision
from triage.queue.messages import ModelName, Outcome, Timings
from worker.metrics import WorkerMetrics

MODEL = ModelName(name="rules", version="1")


def value(metrics: WorkerMetrics, name: str, /, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(name, labels)


def test_a_batch_is_counted_with_what_padding_cost() -> None:
    metrics = WorkerMetrics()
    metrics.ran([10, 20, 30], padded=90, left=5)
    assert value(metrics, "triage_batch_reviews_sum") == 3
    assert value(metrics, "triage_batch_padded_tokens_sum") == 90
    assert value(metrics, "triage_tokens_total", kind="text") == 60
    assert value(metrics, "triage_tokens_total", kind="padding") == 30
    assert value(metrics, "triage_window_jobs") == 5


def test_an_answer_is_counted_by_class_rung_and_stage() -> None:
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


def test_a_dead_letter_is_counted_by_the_kind_of_its_reason_alone() -> None:
    metrics = WorkerMetrics()
    for count in (1, 2):
        reason = f"unfinished: delivered {count} times without an outcome"
        metrics.published(Outcome(review_id=UUID(int=1), model=MODEL, error=reason))
    assert value(metrics, "triage_dead_letters_total", reason="unfinished") == 2


def test_one_model_serves_at_a_time() -> None:
    metrics = WorkerMetrics()
    metrics.serves(MODEL)
    metrics.serves(ModelName(name="gemma", version="2"))
    assert value(metrics, "triage_model_info", name="rules", version="1") is None
    assert value(metrics, "triage_model_info", name="gemma", version="2") == 1


def test_the_memory_of_a_gpu_is_asked_for_at_each_scrape() -> None:
    used = iter((10, 20))

    def gpu_memory() -> Mapping[str, Mapping[str, int]]:
        return {"0": {"used": next(used), "total": 80}}

    metrics = WorkerMetrics()
    metrics.watch(gpu_memory)
    assert value(metrics, "triage_gpu_memory_bytes", device="0", kind="used") == 10
    assert value(metrics, "triage_gpu_memory_bytes", device="0", kind="used") == 20
