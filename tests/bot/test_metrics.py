import pytest
from aiogram.exceptions import (
    TelegramAPIError,
    TelegramBadRequest,
    TelegramForbiddenError,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramServerError,
)
from aiogram.methods import SendMessage

from bot.metrics import BotMetrics, result_of
from triage.queue.backlog import Backlog, StreamBacklog

CALL = SendMessage(chat_id=1, text="x")


def value(metrics: BotMetrics, name: str, /, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(name, labels)


@pytest.mark.parametrize(
    ("error", "result"),
    [
        (None, "ok"),
        (TelegramRetryAfter(CALL, "Too Many Requests", 5), "429"),
        (TelegramServerError(CALL, "Internal Server Error"), "5xx"),
        (TelegramNetworkError(CALL, "timeout"), "network"),
        (TelegramBadRequest(CALL, "Bad Request: chat not found"), "refused"),
        (TelegramForbiddenError(CALL, "Forbidden: bot was blocked"), "refused"),
    ],
)
def test_the_result_label_of_a_call_has_few_values(
    error: TelegramAPIError | None, result: str
) -> None:
    assert result_of(error) == result


def test_the_backlog_metrics_are_nan_while_redis_is_unreachable() -> None:
    metrics = BotMetrics()
    metrics.backlog(
        Backlog(StreamBacklog(7, 2.5), StreamBacklog(1, 0.5), StreamBacklog(3, 60.0), 2, 1)
    )
    assert value(metrics, "triage_queue_entries", stream="jobs") == 7
    assert value(metrics, "triage_queue_oldest_seconds", stream="dead") == 60.0
    assert value(metrics, "triage_consumers", kind="workers") == 2
    metrics.backlog(None)
    unknown = value(metrics, "triage_queue_entries", stream="jobs")
    assert unknown != unknown


def test_the_total_time_metric_counts_only_answers_that_were_shown() -> None:
    metrics = BotMetrics()
    metrics.answered("later", delivery_s=0.2, total_s=3.0)
    metrics.answered("shown", delivery_s=0.2, total_s=4.0)
    assert value(metrics, "triage_stage_seconds_count", stage="delivery") == 2
    assert value(metrics, "triage_stage_seconds_sum", stage="total") == 4.0
    assert value(metrics, "triage_answers_total", ending="later") == 1


def test_two_bots_in_one_process_have_separate_metrics() -> None:
    one, two = BotMetrics(), BotMetrics()
    one.shown(digest=False)
    assert value(one, "triage_cards_total", kind="card") == 1
    assert value(two, "triage_cards_total", kind="card") is None
