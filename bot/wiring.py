"""
The parts of the bot and what each is given: where they are put together, and nothing runs yet.

Every replica has all of them. What only one may do at a time is among its `duties`.
"""

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any

from aiogram import Bot, Dispatcher
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.archive.groups import Groups
from bot.archive.people import People
from bot.archive.personal_data import PersonalData
from bot.archive.reviews import Reviews
from bot.delivery.answers import AnswerSender
from bot.delivery.card_sender import CardSender
from bot.delivery.pictures import Pictures
from bot.delivery.reconcile import Reconciler
from bot.desk.moderators_group import ModeratorsGroup
from bot.dispatcher import build_dispatcher
from bot.leases import LEASE_S, Leases
from bot.metrics import BotMetrics
from bot.monitoring import Monitoring
from bot.privacy.erasure import Erasure
from bot.settings import BotSettings
from bot.telegram.inbox import Inbox
from bot.telegram.lanes import TURN_LEASE_S, UpdateLanes
from bot.texts import Texts
from charts.pool import DrawingPool
from triage.queue.messages import Job, Outcome
from triage.queue.stream_factory import job_stream, outcome_stream
from triage.queue.streams import Connections, Stream
from triage.sealing import Seal
from triage.taxonomy import Taxonomy

Service = Callable[[], Coroutine[Any, Any, None]]


@dataclass(frozen=True, slots=True)
class Resources:
    """What the parts stand on: all that was read, opened and connected before them."""

    settings: BotSettings
    connections: Connections
    seal: Seal
    bot: Bot
    engine: AsyncEngine
    pool: DrawingPool
    metrics: BotMetrics
    taxonomy: Taxonomy
    texts: Texts


@dataclass(frozen=True, slots=True)
class BotParts:
    """What is run, and what is asked before it runs."""

    reviews: Reviews
    group: ModeratorsGroup
    leases: Leases
    answers: AnswerSender
    duties: Sequence[Service]
    dispatcher: Dispatcher
    lanes: UpdateLanes
    inbox: Inbox
    monitoring: Monitoring


def assemble(on: Resources) -> BotParts:
    """Put the parts together."""
    settings, seal = on.settings, on.seal
    reviews, groups = Reviews(on.engine, seal), Groups(on.engine)
    jobs, outcomes = _jobs(on), _outcomes(on)
    leases = Leases(on.connections.commands, min(settings.lease_s, LEASE_S))
    pictures = Pictures(on.pool, on.taxonomy)
    lanes = UpdateLanes(Leases(on.connections.commands, TURN_LEASE_S))
    inbox = Inbox(on.connections.commands, seal, on.bot)
    group = ModeratorsGroup(groups, settings.moderators_chat_id)
    card_sender = _card_sender(on, reviews, group, pictures)
    answers = AnswerSender(
        on.bot, reviews, outcomes, pictures, on.taxonomy, on.texts, card_sender, leases, on.metrics
    )
    reconciler = Reconciler(reviews, jobs, outcomes, answers, settings.reconcile_s)
    dispatcher = build_dispatcher(
        settings,
        on.connections,
        seal,
        people=People(on.engine),
        texts=on.texts,
        card_sender=card_sender,
        group=group,
        metrics=on.metrics,
        reviews=reviews,
        jobs=jobs,
        pictures=pictures,
        taxonomy=on.taxonomy,
        erasure=_erasure(on, reviews, leases),
        groups=groups,
    )
    monitoring = Monitoring(on.metrics, on.connections, reviews, lease_s=settings.lease_s)
    duties = (reconciler.run, card_sender.run)
    return BotParts(reviews, group, leases, answers, duties, dispatcher, lanes, inbox, monitoring)


def _jobs(on: Resources) -> Stream[Job]:
    return job_stream(on.connections, on.seal, lease_s=on.settings.lease_s)


def _outcomes(on: Resources) -> Stream[Outcome]:
    return outcome_stream(on.connections, on.seal, lease_s=on.settings.lease_s)


def _card_sender(
    on: Resources, reviews: Reviews, group: ModeratorsGroup, pictures: Pictures
) -> CardSender:
    return CardSender(
        on.bot,
        reviews,
        pictures,
        on.taxonomy,
        on.texts[on.settings.moderators_language],
        group=group,
        paced=on.settings.pace_group,
        metrics=on.metrics,
    )


def _erasure(on: Resources, reviews: Reviews, leases: Leases) -> Erasure:
    say = on.texts[on.settings.moderators_language]
    belongings = PersonalData(on.engine)
    return Erasure(
        on.bot, reviews, belongings, on.connections, on.seal, on.taxonomy, on.texts, say, leases
    )
