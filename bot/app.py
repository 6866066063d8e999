"""
Starts, runs and stops the bot, for the command line and for the sandbox.

It runs until it is cancelled; updates that are being handled are then completed.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any
from zoneinfo import ZoneInfo

from aiogram import Bot
from aiogram.client.default import DefaultBotProperties
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import TelegramAPIError

from bot.archive.database import open_database
from bot.archive.file_ids import seal_file_ids
from bot.archive.groups import Groups
from bot.archive.route_store import RouteStore
from bot.desk.moderators_group import ModeratorsGroup
from bot.errors import BotError, TelegramRefuses
from bot.metrics import BotMetrics
from bot.middlewares.measured import MeasuredCalls
from bot.settings import BotSettings
from bot.telegram import single_poller
from bot.telegram.connect_code import code_of
from bot.telegram.group_calls import GroupCalls
from bot.telegram.group_rights import Obstacle, find_obstacle
from bot.telegram.http_server import listening
from bot.telegram.lost_topics import LostTopics
from bot.telegram.outgoing import OutgoingQueue
from bot.telegram.polling import Polled, Poller
from bot.telegram.profile import publish_profile
from bot.telegram.retry import Retrying
from bot.telegram.single_poller import PollConflicts
from bot.telegram.webhook import PORT, WebhookReceiver
from bot.texts import Texts, load_texts
from bot.wiring.bot_parts import BotParts, build_parts
from bot.wiring.resources import Resources
from charts.pool import DrawingPool
from triage.errors import TriageError
from triage.queue.heartbeat import Heartbeat
from triage.queue.streams import Connections
from triage.sealing import Seal
from triage.settings import secret_value
from triage.taxonomy import load_taxonomy

logger = logging.getLogger(__name__)

# Telegram answers within a second or two; a call that takes this long is lost.
CALL_TIMEOUT_S = 30


async def serve(settings: BotSettings, connections: Connections, seal: Seal) -> None:
    """
    Run the bot until cancelled.

    Raises BadArchive, BadTaxonomy, TelegramRefuses for a wrong group, and aiogram's
    TelegramAPIError if Telegram refuses the token or is unreachable at the start.
    """
    async with _opened(settings, connections, seal) as resources:
        await _run(resources, build_parts(resources))


async def _run(resources: Resources, parts: BotParts) -> None:
    await parts.reviews.check_seal()
    await resources.bot.me()  # raises if the token is wrong or Telegram unreachable
    group_id = await _check_group(resources.settings, resources.bot, parts.group, resources.texts)
    await publish_profile(resources.bot, resources.texts, group_id)
    sign = Heartbeat(resources.connections.commands, "answers").beat
    serving = (
        _serve_by_webhook(resources, parts)
        if resources.settings.webhook_url
        else _serve_by_polling(resources, parts)
    )
    await _run_concurrently(parts.answers.run(sign), serving)


async def _serve_by_polling(resources: Resources, parts: BotParts) -> None:
    """Poll for updates; only one program may do so."""
    conflicts = PollConflicts()
    resources.bot.session.middleware(Polled(Heartbeat(resources.connections.commands, "polling")))
    resources.bot.session.middleware(conflicts)
    async with (
        single_poller.hold_poll_lease(resources.bot, parts.leases) as lease,
        listening(
            parts.monitoring.routes(), resources.settings.bot_host, resources.settings.bot_port
        ),
    ):
        await _run_concurrently(
            single_poller.keep_poll_lease(lease),
            conflicts.watch(),
            Poller(parts.dispatcher, resources.bot, parts.lanes, parts.inbox).run(),
            *(duty() for duty in parts.duties),
        )


async def _serve_by_webhook(resources: Resources, parts: BotParts) -> None:
    """Receive updates by webhook, as other replicas do; one of them also runs the duties."""
    settings = resources.settings
    secret = settings.webhook_secret.get_secret_value()
    webhook = WebhookReceiver(
        parts.dispatcher, resources.bot, parts.lanes, settings.webhook_url, secret
    )
    routes = [webhook.route(), *parts.monitoring.routes()]
    async with listening(routes, settings.bot_host, settings.bot_port or PORT):
        await webhook.announce()
        await parts.leases.lead(
            single_poller.duties_lease(resources.bot),
            lambda: _run_concurrently(*(duty() for duty in parts.duties)),
        )


async def _run_concurrently(*services: Coroutine[Any, Any, None]) -> None:
    """Run services until cancelled; if one fails, cancel the others and raise its error."""
    try:
        async with asyncio.TaskGroup() as tasks:
            for service in services:
                tasks.create_task(service)
    except BaseExceptionGroup as group:
        known = group.subgroup((BotError, TriageError, TelegramAPIError))
        if known is None:
            raise
        raise known.exceptions[0] from None


@asynccontextmanager
async def _opened(
    settings: BotSettings, connections: Connections, seal: Seal
) -> AsyncIterator[Resources]:
    """Open the resources and close them at the end."""
    zone = ZoneInfo(settings.time_zone)
    taxonomy, texts, metrics = (
        load_taxonomy(settings.taxonomy_file),
        load_texts(zone=zone),
        BotMetrics(),
    )
    engine = await open_database(
        settings.database_url.get_secret_value(), secret_value(settings.database_password)
    )
    await seal_file_ids(engine, seal)
    group = ModeratorsGroup(Groups(engine), settings.moderators_chat_id)
    say = texts[settings.moderators_language]
    group_calls = GroupCalls(group, LostTopics(group, RouteStore(engine), say))
    outgoing = OutgoingQueue(connections.commands, paced=settings.pace_group)
    bot = _bot(settings, metrics, outgoing, group_calls)
    pool = DrawingPool(processes=1)
    try:
        yield Resources(
            settings,
            connections,
            seal,
            bot,
            outgoing,
            engine,
            group,
            pool,
            metrics,
            taxonomy,
            texts,
        )
    finally:
        await bot.session.close()
        await engine.dispose()
        pool.close()


def _bot(
    settings: BotSettings, metrics: BotMetrics, outgoing: OutgoingQueue, group_calls: GroupCalls
) -> Bot:
    api = TelegramAPIServer.from_base(settings.telegram_api_url)
    session = AiohttpSession(api=api, timeout=CALL_TIMEOUT_S)
    session.middleware(group_calls)  # the first, so that a repeated call waits for its chat's turn
    session.middleware(Retrying(metrics, outgoing))
    session.middleware(MeasuredCalls(metrics))
    # Telegram must not show a preview of a link that a customer put into a review.
    properties = DefaultBotProperties(link_preview_is_disabled=True)
    return Bot(settings.bot_token.get_secret_value(), session, default=properties)


async def _check_group(
    settings: BotSettings, bot: Bot, group: ModeratorsGroup, texts: Texts
) -> int | None:
    """
    Return the moderators' group, None if no group is connected, and log what is missing.

    Raises TelegramRefuses if the setting names a chat that is not a group or is unknown to the bot.
    """
    given = settings.moderators_chat_id
    chat_id = await group.chat_id()
    if chat_id is None:
        name = (await bot.me()).username
        logger.warning(
            "no moderators' group is connected: add @%s to the group and send /connect@%s %s there",
            name,
            name,
            code_of(bot.token),
        )
        return None
    obstacle = await find_obstacle(bot, chat_id)
    if obstacle is not None:
        line = f"moderators' group {chat_id}: {texts['en'](obstacle)}"
        if given and obstacle in {Obstacle.UNKNOWN, Obstacle.NO_GROUP}:
            raise TelegramRefuses(f"MODERATORS_CHAT_ID: {line}")
        logger.warning("%s", line)
    return chat_id
