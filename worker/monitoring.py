"""
What the worker says about itself over HTTP: /metrics for Prometheus, /healthz for supervisors.

In a thread, by the standard library: two questions a quarter of a minute need no framework.
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

# Two rounds of renewing leases that did not come.
BEAT_S = 60.0


class Health:
    """
    Whether the worker works, by what it last did (seconds of a monotonic clock).

    `sign` passes on that it does, to who looks from another process.
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

    def ready(self) -> None:
        """Say that the model is loaded."""
        self._is_ready = True

    async def beat(self) -> None:
        """Say that the worker is about its work; raises what `sign` does."""
        self._beat_s = self._clock()
        await self._sign()

    async def beat_during_batch(self) -> None:
        """Pass on for ever, while a batch may still take its time, that the worker works."""
        while True:
            await asyncio.sleep(self._vouch_every_s)
            if self._batch_since_s is not None and self.problem() is None:
                with suppress(QueueUnavailable):
                    await self._sign()

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Say that a batch is being run meanwhile."""
        self._batch_since_s = self._clock()
        try:
            yield
        finally:
            self._batch_since_s, self._beat_s = None, self._clock()

    def problem(self) -> str | None:
        """Return what is wrong, None where nothing is."""
        now_s, since_s = self._clock(), self._batch_since_s
        if not self._is_ready:
            return "the model is being loaded"
        if since_s is not None:
            stuck = now_s - since_s > LONGEST_BATCH_S
            return f"a batch has run for {now_s - since_s:.0f} s" if stuck else None
        silent_s = now_s - self._beat_s
        return f"no sign of work for {silent_s:.0f} s" if silent_s > BEAT_S else None


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Silent(WSGIRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Log no request: they come every few seconds and say nothing."""


@contextmanager
def monitored(port: int | None, metrics: WorkerMetrics, health: Health) -> Iterator[None]:
    """Answer on `port` of every address meanwhile, or nowhere where it is None; PortTaken."""
    if port is None:
        yield
        return
    try:
        server = _Server(("", port), _Silent)
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
    tell = metrics.wsgi_app()

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        match environ["PATH_INFO"]:
            case "/metrics":
                told: Iterable[bytes] = tell(environ, start_response)
                return told
            case "/healthz":
                problem = health.problem()
                status = "200 OK" if problem is None else "503 Service Unavailable"
                body = {"status": "ok"} if problem is None else _unhealthy(problem)
            case _:
                status, body = "404 Not Found", {"status": "ask for /metrics or /healthz"}
        start_response(status, [("Content-Type", "application/json")])
        return [json.dumps(body).encode()]

    return answer


def _unhealthy(problem: str) -> dict[str, str]:
    return {"status": "unhealthy", "reason": problem}
