"""The bot's HTTP endpoints for monitoring: /metrics for Prometheus, /healthz for supervisors."""

import logging

from aiohttp import web

from bot.archive.database import DATABASE_ERRORS
from bot.archive.reviews import Reviews
from bot.metrics import BotMetrics
from triage.errors import QueueUnavailable
from triage.queue.backlog import read_backlog
from triage.queue.streams import Connections

logger = logging.getLogger(__name__)


class Monitoring:
    """Reads the state of Redis and the archive on each request."""

    def __init__(
        self, metrics: BotMetrics, connections: Connections, reviews: Reviews, *, lease_s: float
    ) -> None:
        self._metrics = metrics
        self._expose = metrics.handler()
        self._connections = connections
        self._reviews = reviews
        self._lease_s = lease_s

    def routes(self) -> list[web.RouteDef]:
        """Return the routes of both endpoints."""
        return [web.get("/metrics", self._show_metrics), web.get("/healthz", self._health)]

    async def _show_metrics(self, request: web.Request) -> web.StreamResponse:
        try:
            self._metrics.backlog(await read_backlog(self._connections.commands, self._lease_s))
        except QueueUnavailable:
            self._metrics.backlog(None)
        return await self._expose(request)

    async def _health(self, _: web.Request) -> web.Response:
        """Answer 200 if a review can be accepted and answered, else 503 with the reason."""
        try:
            await read_backlog(self._connections.commands, self._lease_s)
            await self._reviews.count_without_card()
        except QueueUnavailable as e:
            return web.json_response({"status": "unhealthy", "reason": str(e)}, status=503)
        except DATABASE_ERRORS as e:
            reason = f"archive: {type(e).__name__}"
            return web.json_response({"status": "unhealthy", "reason": reason}, status=503)
        return web.json_response({"status": "ok"})
