"""Says in one line what a failed call to a model hub means, and repeats what may pass by itself."""

import errno
import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from httpx2 import TransportError
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    HFValidationError,
    LocalEntryNotFoundError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

logger = logging.getLogger(__name__)

Result = TypeVar("Result")


def patiently(
    call: Callable[[], Result],
    pauses_s: tuple[float, ...],
    advance: Callable[[], int] = lambda: 0,
) -> Result:
    """Call until it succeeds or patience, renewed whenever it came further, is at an end."""
    left, reached = list(pauses_s), advance()
    while True:
        try:
            return call()
        except (TransportError, HfHubHTTPError) as error:
            if advance() != reached:
                left, reached = list(pauses_s), advance()
            if not left or not _is_outage(error):
                raise
            logger.warning("%s; trying again in %g s", type(error).__name__, left[0])
            time.sleep(left.pop(0))


def _is_outage(error: Exception) -> bool:
    """Whether the hub could not be asked, rather than said no."""
    if isinstance(error, HfHubHTTPError):
        status = int(error.response.status_code)
        return status in (408, 429) or status >= 500
    return isinstance(error, (TransportError, OfflineModeIsEnabled, LocalEntryNotFoundError))


def reason(error: Exception, repo: str, revision: str | None, endpoint: str, cache: Path) -> str:
    """Return one line about what went wrong, without the error's own text: it may hold anything."""
    if isinstance(error, LocalEntryNotFoundError) and isinstance(error.__cause__, Exception):
        error = error.__cause__  # why the hub could not be asked for a small file
    page = f"{endpoint}/{repo}"
    reasons: list[tuple[type[Exception], str]] = [
        (HFValidationError, f"{repo!r} is no repository; it is named as in owner/name"),
        (
            GatedRepoError,
            f"{repo} is gated: accept its terms at {page} and set HF_TOKEN of that account",
        ),
        (RevisionNotFoundError, f"{repo} has no revision {revision}; see {page}/commits/main"),
        (
            RepositoryNotFoundError,
            f"{repo} is not at {endpoint}, or it is private: check the name, and set HF_TOKEN",
        ),
        (
            OfflineModeIsEnabled,
            f"{repo} is not complete in {cache} and HF_HUB_OFFLINE is set:"
            " start once without it, or copy the cache of another machine",
        ),
    ]
    known = next((reason for kind, reason in reasons if isinstance(error, kind)), None)
    return known or _other_reason(error, repo, endpoint, cache)


def _other_reason(error: Exception, repo: str, endpoint: str, cache: Path) -> str:
    if isinstance(error, HfHubHTTPError) and error.response.status_code in (401, 403):
        return f"{repo}: {endpoint} refuses the token; renew HF_TOKEN"
    if _is_outage(error):
        return (
            f"{repo} is not complete in {cache} and {endpoint} cannot be reached"
            f" ({_named(error)}): check the network; what has arrived is kept"
        )
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return f"{repo}: the disk of {cache} is full; make room and start again"
    return f"{repo} cannot be fetched from {endpoint} into {cache} ({_named(error)})"


def _named(error: Exception) -> str:
    if isinstance(error, HfHubHTTPError):
        return f"status {error.response.status_code}"
    said = error.strerror if isinstance(error, OSError) else None
    return said or type(error).__name__
