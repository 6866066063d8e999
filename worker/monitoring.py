"""
The worker's HTTP endpoints: /metrics for Prometheus, /healthz for supervisors.

The standard library's server in a thread: a few requests a minute need no framework.
"""

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from triage.errors import PortTaken, QueueUnavailable
from triage.queue.heartbeat import BEAT_INTERVAL_S, OnRound, no_heartbeat
from triage.queue.limits import LONGEST_BATCH_S
from worker.metrics import WorkerMetrics

# Two leases without a round of the loop.
BEAT_S = 60.0

# A client that sends nothing for this long is disconnected.
REQUEST_TIMEOUT_S = 10

SERVER = ("Server", "feedback-triage")


class Health:
    """
    Whether the worker is healthy, by the time of its last round (seconds of a monotonic clock).

    `sign` sends the heartbeat that other processes check.
    """

    def __init__(
        self,
        sign: OnRound = no_heartbeat,
        clock: Callable[[], float] = time.monotonic,
        beat_every_s: float = BEAT_INTERVAL_S,
    ) -> None:
        self._sign = sign
        self._vouch_every_s = beat_every_s
        self._clock = clock
        self._is_ready = False
        self._beat_s = clock()
        self._batch_since_s: float | None = None
        self.warning: str | None = None  # why it waits; a restart would not help

    def ready(self) -> None:
        """Record that the model is loaded."""
        self._is_ready = True

    async def beat(self) -> None:
        """Record a round of the loop and send the heartbeat; raises what `sign` does."""
        self._beat_s = self._clock()
        try:
            await self._sign()
        except QueueUnavailable as e:
            self.waits_for_redis(e)
            raise
        self.warning = None

    def waits_for_redis(self, error: QueueUnavailable) -> None:
        """Record that the worker retries after `error`: the loop may wait, and is not stuck."""
        self._beat_s = self._clock()
        self.warning = str(error)

    async def beat_during_batch(self) -> None:
        """Send heartbeats during a batch, up to its time limit; never returns."""
        while True:
            await asyncio.sleep(self._vouch_every_s)
            if self._batch_since_s is not None and self.problem() is None:
                with suppress(QueueUnavailable):
                    await self._sign()

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Record that a batch runs within the block."""
        self._batch_since_s = self._clock()
        try:
            yield
        finally:
            self._batch_since_s, self._beat_s = None, self._clock()

    def batch_hangs(self) -> bool:
        """Return whether the running batch has exceeded its time limit."""
        since_s = self._batch_since_s
        return since_s is not None and self._clock() - since_s > LONGEST_BATCH_S

    def problem(self) -> str | None:
        """Return what is wrong, None if the worker is healthy."""
        now_s, since_s = self._clock(), self._batch_since_s
        if not self._is_ready:
            return "the model is being loaded"
        if since_s is not None:
            return f"a batch has run for {now_s - since_s:.0f} s" if self.batch_hangs() else None
        silent_s = now_s - self._beat_s
        return f"no sign of work for {silent_s:.0f} s" if silent_s > BEAT_S else None


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Silent(WSGIRequestHandler):
    timeout = REQUEST_TIMEOUT_S

    def log_message(self, *_: Any) -> None:
        """Log no request: there is one every few seconds."""


@contextmanager
def monitored(
    host: str, port: int | None, metrics: WorkerMetrics, health: Health
) -> Iterator[None]:
    """Serve on `port` of `host` within the block, unless it is None; PortTaken."""
    if port is None:
        yield
        return
    try:
        server = _Server((host, port), _Silent)
    except OSError as e:
        raise PortTaken(
            f"port {port} cannot be used ({e.strerror}); name another: WORKER_PORT"
        ) from e
    server.set_app(_application(metrics, health))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _application(metrics: WorkerMetrics, health: Health) -> Any:
    metrics_app = metrics.wsgi_app()

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        match environ["PATH_INFO"]:
            case "/metrics":
                content: Iterable[bytes] = metrics_app(environ, _without_versions(start_response))
                return content
            case "/healthz":
                problem = health.problem()
                status = "200 OK" if problem is None else "503 Service Unavailable"
                body = _healthy(health.warning) if problem is None else _unhealthy(problem)
            case _:
                status, body = "404 Not Found", {"status": "ask for /metrics or /healthz"}
        start_response(status, [("Content-Type", "application/json"), SERVER])
        return [json.dumps(body).encode()]

    return answer


def _without_versions(start_response: Callable[..., Any]) -> Callable[..., Any]:
    """Remove the names and versions of libraries from the response."""
    return lambda status, headers, *rest: start_response(status, [*headers, SERVER], *rest)


def _healthy(warning: str | None) -> dict[str, str]:
    return {"status": "ok"} if warning is None else {"status": "ok", "warning": warning}


def _unhealthy(problem: str) -> dict[str, str]:
    return {"status": "unhealthy", "reason": problem}
