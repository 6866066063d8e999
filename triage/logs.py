"""
Logging of bot and worker: one line a record, as text or JSON, with the id of its review.

It uses the standard library's logging, because aiogram, aiohttp and SQLAlchemy use it too. A
person's text is never passed to a logger; a bot token that reaches one is redacted here.
"""

import json
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Literal
from uuid import UUID

LogFormat = Literal["text", "json"]
LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR"]

TEXT = "%(asctime)s %(levelname)s %(name)s: %(message)s"

# The format of a bot token; Telegram's API has it in the path of every request.
_TOKEN = re.compile(r"\d{6,}:[A-Za-z0-9_-]{30,}")

_review_id: ContextVar[UUID | None] = ContextVar("review_id", default=None)


@contextmanager
def log_context(review_id: UUID) -> Iterator[None]:
    """Add the review's id to every record that is logged within the block, by any logger."""
    before = _review_id.set(review_id)
    try:
        yield
    finally:
        _review_id.reset(before)


class TextFormatter(logging.Formatter):
    """For people: the review's id is at the end of the first line."""

    def __init__(self) -> None:
        super().__init__(TEXT)

    def formatMessage(self, record: logging.LogRecord) -> str:
        """Return the line without a traceback."""
        line, review_id = super().formatMessage(record), _review_id.get()
        return line if review_id is None else f"{line} [review {review_id}]"

    def format(self, record: logging.LogRecord) -> str:
        """Return the line and the traceback, if there is one."""
        return _redacted(super().format(record))


class JsonFormatter(logging.Formatter):
    """For programs: one JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the object; `review_id` and `exception` only if there is one."""
        review_id = _review_id.get()
        fields = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **({"review_id": str(review_id)} if review_id else {}),
            **({"exception": self.formatException(record.exc_info)} if record.exc_info else {}),
        }
        return _redacted(json.dumps(fields, ensure_ascii=False))


def configure(level: LogLevel, style: LogFormat) -> None:
    """Configure logging of this process to stderr."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter() if style == "json" else TextFormatter())
    logging.basicConfig(level=level, handlers=[handler])


def _redacted(line: str) -> str:
    return _TOKEN.sub("<token>", line)
