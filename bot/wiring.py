"""
Builds the parts of the bot and connects them; starts nothing.

Every replica has all parts. Work for one replica at a time is in `duties`.
"""

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any

from aiogram import Bot, Dispatcher
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.archive.answering import Answering
from bot.archive.canned_store import CannedAnswers
from bot.archive.card_places import CardPlaces
from bot.archive.case_store import CaseStore
from bot.archive.dialogue import Dialogue
from bot.archive.group_writes import GroupWrites
from bot.archive.groups import Groups
from bot.archive.old_reviews import OldReviews
from bot.archive.people import People
from bot.archive.personal_data import PersonalData
from bot.archive.reviews import Reviews
from bot.archive.waiting_cases import WaitingCases
from bot.delivery.answers import AnswerSender
from bot.delivery.card_sender import CardSender
from bot.delivery.pictures import Pictures
from bot.delivery.reconcile import Reconciler
from bot.desk.moderators_group import ModeratorsGroup
from bot.dialogue.answer_bringer import AnswerBringer
from bot.dialogue.answer_desk import AnswerDesk
from bot.dialogue.case_turns import CaseTurns
from bot.dialogue.closings import Closings
from bot.dialogue.dialogue_erasure import DialogueErasure
from bot.dialogue.group_post import GroupPost
from bot.dialogue.reminders import Reminders
from bot.dialogue.reply_desk import ReplyDesk
from bot.dialogue.reply_sender import ReplySender
from bot.dialogue.reply_status import ReplyStatus
from bot.dispatcher import build_dispatcher
from bot.leases import LEASE_S, Leases
from bot.metrics import BotMetrics
from bot.monitoring import Monitoring
from bot.privacy.erasure import Erasure
from bot.privacy.retention import Retention
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
    """What the parts are built from: settings, files that were read, open connections."""

    settings: BotSettings
    connections: Connections
    seal: Seal
    bot: Bot
    engine: AsyncEngine
    group: ModeratorsGroup
    pool: DrawingPool
    metrics: BotMetrics
    taxonomy: Taxonomy
    texts: Texts


@dataclass(frozen=True, slots=True)
class BotParts:
    """The parts that the bot runs, and those that it checks before it starts."""

    reviews: Reviews
    group: ModeratorsGroup
    leases: Leases
    answers: AnswerSender
    duties: Sequence[Service]
    dispatcher: Dispatcher
    lanes: UpdateLanes
    inbox: Inbox
    monitoring: Monitoring


def build_parts(resources: Resources) -> BotParts:
    """Return the parts, connected with each other."""
    settings, seal = resources.settings, resources.seal
    reviews, groups = Reviews(resources.engine, seal), Groups(resources.engine)
    jobs, outcomes = _jobs(resources), _outcomes(resources)
    leases = Leases(resources.connections.commands, min(settings.lease_s, LEASE_S))
    pictures = Pictures(resources.pool, resources.taxonomy)
    lanes = UpdateLanes(Leases(resources.connections.commands, TURN_LEASE_S))
    inbox = Inbox(resources.connections.commands, seal, resources.bot)
    group = resources.group
    card_sender = _card_sender(resources, reviews, group, pictures)
    answers = _answer_sender(resources, reviews, outcomes, pictures, card_sender, leases)
    reconciler = Reconciler(reviews, jobs, outcomes, answers, settings.reconcile_s)
    desks = _dialogue_desks(resources, reviews, group)
    dispatcher = build_dispatcher(
        settings,
        resources.connections,
        seal,
        people=People(resources.engine),
        texts=resources.texts,
        card_sender=card_sender,
        group=group,
        metrics=resources.metrics,
        reviews=reviews,
        answers=answers,
        jobs=jobs,
        pictures=pictures,
        taxonomy=resources.taxonomy,
        erasure=_erasure(resources, reviews, leases, desks),
        groups=groups,
        reply_desk=desks.replies,
        answer_desk=desks.answers,
        canned=CannedAnswers(resources.engine, seal),
    )
    monitoring = _monitoring(resources, reviews)
    retention = _retention(resources, reviews, leases)
    duties = (reconciler.run, card_sender.run, retention.run, *desks.duties)
    return BotParts(reviews, group, leases, answers, duties, dispatcher, lanes, inbox, monitoring)


@dataclass(frozen=True, slots=True)
class _DialogueDesks:
    """What handlers of a dialogue need, and the duties that carry its messages."""

    replies: ReplyDesk
    answers: AnswerDesk
    duties: Sequence[Service]


def _dialogue_desks(
    resources: Resources, reviews: Reviews, group: ModeratorsGroup
) -> _DialogueDesks:
    bot, engine, texts = resources.bot, resources.engine, resources.texts
    say, paced = texts[resources.settings.moderators_language], resources.settings.pace_group
    dialogue, places = Dialogue(engine, resources.seal), CardPlaces(engine)
    post = GroupPost(bot, group, reviews, GroupWrites(engine), paced=paced)
    turns = CaseTurns(CaseStore(engine, resources.seal))
    status = ReplyStatus(bot, dialogue, turns, post, say)
    sender = ReplySender(bot, dialogue, reviews, texts, status)
    bringer = AnswerBringer(bot, dialogue, reviews, places, turns, post, texts, say)
    waiting = WaitingCases(engine)
    closings = Closings(waiting, dialogue, sender)
    reminders = Reminders(waiting, post, resources.settings.office, resources.taxonomy.rating, say)
    return _DialogueDesks(
        ReplyDesk(dialogue, places, reviews, status, sender, post),
        AnswerDesk(dialogue, Answering(engine), reviews, turns, bringer),
        (sender.run, status.run, bringer.run, closings.run, reminders.run),
    )


def _jobs(resources: Resources) -> Stream[Job]:
    return job_stream(resources.connections, resources.seal, lease_s=resources.settings.lease_s)


def _outcomes(resources: Resources) -> Stream[Outcome]:
    return outcome_stream(resources.connections, resources.seal, lease_s=resources.settings.lease_s)


def _card_sender(
    resources: Resources, reviews: Reviews, group: ModeratorsGroup, pictures: Pictures
) -> CardSender:
    return CardSender(
        resources.bot,
        reviews,
        pictures,
        resources.taxonomy,
        resources.texts[resources.settings.moderators_language],
        group=group,
        paced=resources.settings.pace_group,
        metrics=resources.metrics,
    )


def _answer_sender(
    resources: Resources,
    reviews: Reviews,
    outcomes: Stream[Outcome],
    pictures: Pictures,
    card_sender: CardSender,
    leases: Leases,
) -> AnswerSender:
    return AnswerSender(
        resources.bot,
        reviews,
        outcomes,
        pictures,
        resources.taxonomy,
        resources.texts,
        card_sender,
        leases,
        resources.metrics,
    )


def _erasure(
    resources: Resources, reviews: Reviews, leases: Leases, desks: _DialogueDesks
) -> Erasure:
    say = resources.texts[resources.settings.moderators_language]
    personal_data = PersonalData(resources.engine)
    return Erasure(
        resources.bot,
        reviews,
        personal_data,
        resources.connections,
        resources.seal,
        resources.taxonomy,
        resources.texts,
        say,
        leases,
        DialogueErasure(
            resources.bot, desks.replies.dialogue, desks.replies.post, resources.texts, say
        ),
    )


def _monitoring(resources: Resources, reviews: Reviews) -> Monitoring:
    lease_s = resources.settings.lease_s
    return Monitoring(resources.metrics, resources.connections, reviews, lease_s=lease_s)


def _retention(resources: Resources, reviews: Reviews, leases: Leases) -> Retention:
    return Retention(
        resources.bot,
        OldReviews(resources.engine, resources.seal),
        reviews,
        resources.connections,
        resources.seal,
        resources.taxonomy,
        resources.texts[resources.settings.moderators_language],
        leases,
        resources.settings.retention_days,
    )
