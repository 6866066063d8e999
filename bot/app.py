"""
The bot put together from its parts, for the command line and for the sandbox alike.

Runs until it is cancelled; updates in hand are then handled to the end.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiogram import Bot, Dispatcher
from aiogram.client.default import DefaultBotProperties
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import TelegramAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from bot import poller
from bot.archive.belongings import Belongings
from bot.archive.database import open_database
from bot.archive.groups import Groups
from bot.archive.people import People
from bot.archive.reviews import Reviews
from bot.delivery import Answers
from bot.desk import Desk
from bot.erasure import Erasure
from bot.errors import BotError, TelegramRefuses
from bot.group_rights import Obstacle, find_obstacle
from bot.invitation import code_of
from bot.leases import LEASE_S, Leases
from bot.metrics import Metrics
from bot.middlewares.in_flight import InFlight
from bot.middlewares.measured import MeasuredCalls
from bot.monitoring import Monitoring
from bot.pictures import Pictures
from bot.poller import Conflicts
from bot.polling import Polled, poll
from bot.profile import publish_profile
from bot.reconcile import Reconciler
from bot.retrying import Retrying
from bot.routing import build_dispatcher
from bot.settings import BotSettings
from bot.texts import Say, Texts, load_texts
from bot.web import listening
from bot.webhook import PORT, Webhook
from charts.pool import DrawingPool
from triage.contract import Codec, Job, Outcome
from triage.errors import TriageError
from triage.heartbeat import Heartbeat
from triage.limits import BOTS, JOBS, OUTCOMES, WORKERS
from triage.sealing import Seal
from triage.settings import revealed
from triage.streams import Connections, Stream
from triage.taxonomy import Taxonomy, load_taxonomy

logger = logging.getLogger(__name__)

# Telegram answers within a second or two; a call that takes this long is lost.
CALL_TIMEOUT_S = 30

Service = Callable[[], Coroutine[Any, Any, None]]


@dataclass(frozen=True, slots=True)
class _Resources:
    """What must be closed in the end."""

    bot: Bot
    engine: AsyncEngine
    pool: DrawingPool


@dataclass(frozen=True, slots=True)
class _Queues:
    jobs: Stream[Job]
    outcomes: Stream[Outcome]


async def serve(settings: BotSettings, connections: Connections, seal: Seal) -> None:
    """
    Run the bot until cancelled.

    Raises BadArchive, BadTaxonomy, TelegramRefuses for a wrong group, and aiogram's
    TelegramAPIError where Telegram refuses the token or cannot be reached at the start.
    """
    metrics = Metrics()
    async with _opened(settings, metrics) as resources:
        await _run(settings, connections, seal, resources, metrics)


async def _run(
    settings: BotSettings,
    connections: Connections,
    seal: Seal,
    resources: _Resources,
    metrics: Metrics,
) -> None:
    bot, engine = resources.bot, resources.engine
    taxonomy, texts = load_taxonomy(settings.taxonomy_file), load_texts()
    say = texts[settings.moderators_language]
    reviews, queues = Reviews(engine, seal), _queues(settings, connections, seal)
    await reviews.check_seal()
    pictures = Pictures(resources.pool, taxonomy)
    groups = Groups(engine)
    desk = _desk(settings, bot, reviews, pictures, taxonomy, say, groups, metrics)
    leases = Leases(connections.commands, min(settings.lease_s, LEASE_S))
    answers = Answers(
        bot, reviews, queues.outcomes, pictures, taxonomy, texts, desk, leases, metrics
    )
    reconciler = Reconciler(reviews, queues.jobs, queues.outcomes, answers, settings.reconcile_s)
    belongings = Belongings(engine)
    erasure = Erasure(bot, reviews, belongings, connections, seal, taxonomy, texts, say, leases)
    in_flight = InFlight()
    dispatcher = build_dispatcher(
        settings,
        connections,
        seal,
        people=People(engine),
        texts=texts,
        desk=desk,
        in_flight=in_flight,
        metrics=metrics,
        reviews=reviews,
        jobs=queues.jobs,
        pictures=pictures,
        taxonomy=taxonomy,
        erasure=erasure,
        groups=groups,
    )
    await bot.me()  # a wrong token or an unreachable Telegram ends it here, in one line
    await publish_profile(bot, texts, await _check_group(settings, bot, groups, texts))
    monitoring = Monitoring(metrics, connections, reviews, lease_s=settings.lease_s)
    duties = [reconciler.run, desk.run]
    if settings.webhook_url:
        serving = _pushed(settings, dispatcher, bot, leases, monitoring, duties)
    else:
        bot.session.middleware(Polled(Heartbeat(connections.commands, "polling")))
        serving = _polled(settings, dispatcher, bot, leases, monitoring, in_flight, duties)
    sign = Heartbeat(connections.commands, "answers").beat
    await _beside(answers.run(sign), serving)


async def _polled(
    settings: BotSettings,
    dispatcher: Dispatcher,
    bot: Bot,
    leases: Leases,
    monitoring: Monitoring,
    in_flight: InFlight,
    duties: Sequence[Service],
) -> None:
    """Ask for updates, as the only one who does."""
    conflicts = Conflicts()
    bot.session.middleware(conflicts)
    async with (
        poller.alone(bot, leases) as lease,
        listening(monitoring.routes(), settings.bot_port),
    ):
        await _beside(
            poller.stay_alone(lease),
            conflicts.watch(),
            poll(dispatcher, bot, in_flight),
            *(duty() for duty in duties),
        )


async def _pushed(
    settings: BotSettings,
    dispatcher: Dispatcher,
    bot: Bot,
    leases: Leases,
    monitoring: Monitoring,
    duties: Sequence[Service],
) -> None:
    """Take pushed updates, beside other replicas; one of them does what only one may do."""
    secret = settings.webhook_secret.get_secret_value()
    webhook = Webhook(dispatcher, bot, settings.webhook_url, secret)
    async with listening([webhook.route(), *monitoring.routes()], settings.bot_port or PORT):
        await webhook.announce()
        await leases.lead(poller.duties_of(bot), lambda: _beside(*(duty() for duty in duties)))


async def _beside(*services: Coroutine[Any, Any, None]) -> None:
    """Run services until cancelled; where one fails, all end with its error."""
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
async def _opened(settings: BotSettings, metrics: Metrics) -> AsyncIterator[_Resources]:
    engine = await open_database(
        settings.database_url.get_secret_value(), revealed(settings.database_password)
    )
    api = TelegramAPIServer.from_base(settings.telegram_api_url)
    session = AiohttpSession(api=api, timeout=CALL_TIMEOUT_S)
    session.middleware(Retrying(metrics))
    session.middleware(MeasuredCalls(metrics))
    # A link in a review must not become a preview of somebody's page in the group.
    properties = DefaultBotProperties(link_preview_is_disabled=True)
    bot = Bot(settings.bot_token.get_secret_value(), session, default=properties)
    pool = DrawingPool(processes=1)
    try:
        yield _Resources(bot, engine, pool)
    finally:
        await session.close()
        await engine.dispose()
        pool.close()


def _queues(settings: BotSettings, connections: Connections, seal: Seal) -> _Queues:
    lease_s = settings.lease_s
    return _Queues(
        Stream(connections, Codec(Job, seal), name=JOBS, group=WORKERS, lease_s=lease_s),
        Stream(connections, Codec(Outcome, seal), name=OUTCOMES, group=BOTS, lease_s=lease_s),
    )


def _desk(
    settings: BotSettings,
    bot: Bot,
    reviews: Reviews,
    pictures: Pictures,
    taxonomy: Taxonomy,
    say: Say,
    groups: Groups,
    metrics: Metrics,
) -> Desk:
    chat_id = settings.moderators_chat_id
    return Desk(
        bot,
        reviews,
        pictures,
        taxonomy,
        say,
        chat_id=chat_id,
        paced=settings.pace_group,
        groups=groups if chat_id is None else None,
        metrics=metrics,
    )


async def _check_group(settings: BotSettings, bot: Bot, groups: Groups, texts: Texts) -> int | None:
    """
    Return the moderators' group, if there is one, and say in a line what is missing.

    TelegramRefuses where the setting names none that the bot knows.
    """
    given = settings.moderators_chat_id
    chat_id = given or await groups.moderators()
    if chat_id is None:
        name = (await bot.me()).username
        logger.warning(
            "nobody sees cards yet: add @%s to the moderators' group and send there /connect@%s %s",
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
