"""The bot's HTTP endpoints for monitoring: /metrics for Prometheus, /healthz for supervisors."""

import logging
from collections.abc import Awaitable, Callable

from aiohttp import web

from bot.archive.database import DATABASE_ERRORS
from bot.archive.groups import GroupPlace, topic_problem
from bot.errors import BadArchive
from bot.metrics import BotMetrics
from triage.errors import QueueUnavailable
from triage.queue.backlog import read_backlog
from triage.queue.redis_check import check_writes
from triage.queue.streams import Connections

logger = logging.getLogger(__name__)


class Monitoring:
    """Checks Redis and the archive on each request."""

    def __init__(
        self,
        metrics: BotMetrics,
        connections: Connections,
        check_archive: Callable[[], Awaitable[None]],
        place: Callable[[], Awaitable[GroupPlace | None]],
        *,
        lease_s: float,
    ) -> None:
        """`check_archive` raises BadArchive; `place` returns where the cards go."""
        self._metrics = metrics
        self._expose = metrics.handler()
        self._connections = connections
        self._check_archive = check_archive
        self._place = place
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
        """
        Answer 200 if a review can be accepted and answered, otherwise 503 with the reason.

        A topic that Telegram refuses is a warning: its cards go to General.
        """
        try:
            await read_backlog(self._connections.commands, self._lease_s)
            await check_writes(self._connections.commands)
            await self._check_archive()
            place = await self._place()
        except (QueueUnavailable, BadArchive) as e:
            return web.json_response({"status": "unhealthy", "reason": str(e)}, status=503)
        except DATABASE_ERRORS as e:
            reason = f"archive: {type(e).__name__}"
            return web.json_response({"status": "unhealthy", "reason": reason}, status=503)
        if place is None or place.refusal is None:
            return web.json_response({"status": "ok"})
        warning = f"moderators' group: {topic_problem(place.refusal)}"
        return web.json_response({"status": "ok", "warning": warning})
