"""Retries calls to a model hub during an outage, and explains in one line why a call failed."""

import errno
import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from httpx2 import TransportError
from huggingface_hub.errors import (
    DryRunError,
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


def retry_outages(call: Callable[[], Result], pauses_s: tuple[float, ...]) -> Result:
    """Return the result of `call`; during an outage retry it, once after each of the pauses."""
    for pause_s in pauses_s:
        try:
            return call()
        except (TransportError, HfHubHTTPError, LocalEntryNotFoundError, DryRunError) as error:
            cause = _cause(error)
            if not _is_outage(cause):
                raise
            logger.warning("%s; trying again in %g s", type(cause).__name__, pause_s)
            time.sleep(pause_s)
    return call()


def _cause(error: Exception) -> Exception:
    """Return the cause of a failed request if the library wrapped it in another error."""
    wrapped = isinstance(error, (LocalEntryNotFoundError, DryRunError))
    return error.__cause__ if wrapped and isinstance(error.__cause__, Exception) else error


def _is_outage(error: Exception) -> bool:
    """Whether the hub did not respond, as opposed to refusing."""
    if isinstance(error, HfHubHTTPError):
        status = int(error.response.status_code)
        return status in (408, 429) or status >= 500
    return isinstance(error, (TransportError, OfflineModeIsEnabled, LocalEntryNotFoundError))


def failure_reason(
    error: Exception, repo: str, revision: str | None, endpoint: str, cache: Path
) -> str:
    """Return one line about a failure, without the error's own text: it may hold a secret."""
    error = _cause(error)
    page = f"{endpoint}/{repo}"
    reasons: list[tuple[type[Exception], str]] = [
        (HFValidationError, f"{repo!r} is not a repository; write it as owner/name"),
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
            f" ({_named(error)}): check the network; finished files are kept"
        )
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return f"{repo}: the disk of {cache} is full; make room and start again"
    return f"{repo} cannot be fetched from {endpoint} into {cache} ({_named(error)})"


def _named(error: Exception) -> str:
    if isinstance(error, HfHubHTTPError):
        return f"status {error.response.status_code}"
    said = error.strerror if isinstance(error, OSError) else None
    return said or type(error).__name__
