"""
The bot's Prometheus metrics; the only module of the bot that imports prometheus_client.

No label names a person, a review or a chat, and each label has few values: they are names of the
Bot API's methods, kinds of updates, stages. https://prometheus.io/docs/practices/naming/
"""

import math
from functools import partial
from typing import Literal

from aiogram.exceptions import (
    TelegramAPIError,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramServerError,
)
from aiohttp.typedefs import Handler
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.aiohttp import make_aiohttp_handler
from prometheus_client.process_collector import ProcessCollector

from triage.queue.backlog import Backlog

# From a fast edit to an answer that waited until a GPU was available again.
SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800)

Ending = Literal["shown", "undeliverable", "later"]


class BotMetrics:
    """The bot's metrics, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        gauge = partial(Gauge, registry=registry)
        counter = partial(Counter, registry=registry)
        timer = partial(Histogram, registry=registry, buckets=SECONDS)

        self._queue = gauge("triage_queue_entries", "Open entries of a stream.", ["stream"])
        self._oldest = gauge("triage_queue_oldest_seconds", "Age of its oldest entry.", ["stream"])
        self._alive = gauge("triage_consumers", "Consumers seen within a lease.", ["kind"])
        self._updates = counter("triage_updates", "Updates from Telegram.", ["kind", "result"])
        self._calls = counter("triage_telegram_calls", "Calls and retries.", ["method", "result"])
        self._call_seconds = timer(
            "triage_telegram_call_seconds", "Duration of a call.", ["method"]
        )
        self._retries = counter("triage_telegram_retries", "Retried calls.", ["method"])
        self._accepted = counter("triage_reviews_accepted", "Reviews accepted.")
        self._answers = counter("triage_answers", "Answers by result.", ["ending"])
        self._stages = timer("triage_stage_seconds", "Time of a review in a stage.", ["stage"])
        self._cards = counter("triage_cards", "Messages to the moderators.", ["kind"])

    def handler(self) -> Handler:
        """Return the HTTP handler for Prometheus."""
        return make_aiohttp_handler(self.registry)

    def backlog(self, seen: Backlog | None) -> None:
        """Set the queue gauges; None means that Redis is unreachable, and sets NaN."""
        streams = {
            "jobs": seen and seen.jobs,
            "outcomes": seen and seen.outcomes,
            "dead": seen and seen.dead,
        }
        for stream, waiting in streams.items():
            self._queue.labels(stream).set(waiting.entries if waiting else math.nan)
            self._oldest.labels(stream).set(waiting.oldest_s if waiting else math.nan)
        self._alive.labels("workers").set(seen.workers if seen else math.nan)
        self._alive.labels("bots").set(seen.bots if seen else math.nan)

    def updated(self, kind: str, result: Literal["handled", "failed"]) -> None:
        """Count an update."""
        self._updates.labels(kind, result).inc()

    def called(self, method: str, seconds: float, error: TelegramAPIError | None) -> None:
        """Count a call of the Bot API."""
        self._calls.labels(method, result_of(error)).inc()
        self._call_seconds.labels(method).observe(seconds)

    def repeated(self, method: str) -> None:
        """Count a repeated call."""
        self._retries.labels(method).inc()

    def accepted(self) -> None:
        """Count an accepted review."""
        self._accepted.inc()

    def answered(self, ending: Ending, delivery_s: float, total_s: float) -> None:
        """Count an answer, how long its delivery took and how long the customer waited."""
        self._answers.labels(ending).inc()
        self._stages.labels("delivery").observe(delivery_s)
        if ending == "shown":
            self._stages.labels("total").observe(total_s)

    def answered_otherwise(self, how: Literal["without picture", "new message"]) -> None:
        """Count an answer that Telegram refused in its usual form."""
        self._answers.labels(how).inc()

    def passed_over(self) -> None:
        """Count a card that Telegram refuses in every form."""
        self._cards.labels("refused").inc()

    def shown(self, *, digest: bool) -> None:
        """Count a message to the moderators."""
        self._cards.labels("digest" if digest else "card").inc()


def result_of(error: TelegramAPIError | None) -> str:
    """Return the result of a call, as a label value."""
    match error:
        case None:
            return "ok"
        case TelegramRetryAfter():
            return "429"
        case TelegramServerError():
            return "5xx"
        case TelegramNetworkError():
            return "network"
        case _:
            return "refused"
