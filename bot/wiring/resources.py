"""What the parts of the bot are built from."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from aiogram import Bot
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.desk.moderators_group import ModeratorsGroup
from bot.metrics import BotMetrics
from bot.settings import BotSettings
from bot.telegram.outgoing import OutgoingQueue
from bot.texts import Texts
from charts.pool import DrawingPool
from triage.queue.streams import Connections
from triage.sealing import Seal
from triage.taxonomy import Taxonomy

Service = Callable[[], Coroutine[Any, Any, None]]


@dataclass(frozen=True, slots=True)
class Resources:
    """What the parts are built from: settings, files that were read, open connections."""

    settings: BotSettings
    connections: Connections
    seal: Seal
    bot: Bot
    outgoing: OutgoingQueue
    engine: AsyncEngine
    group: ModeratorsGroup
    pool: DrawingPool
    metrics: BotMetrics
    taxonomy: Taxonomy
    texts: Texts
