"""
Builds the parts of the bot and connects them; starts nothing.

Every replica has all parts. Work for one replica at a time is in `duties`.
"""

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any

from aiogram import Bot, Dispatcher
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.archive.case_store import CaseStore
from bot.archive.draft_store import DraftStore
from bot.archive.groups import Groups
from bot.archive.people import People
from bot.archive.personal_data import PersonalData
from bot.archive.reviews import Reviews
from bot.archive.shown_cards import ShownCards
from bot.delivery.answers import AnswerSender
from bot.delivery.card_editor import CardEditor
from bot.delivery.card_sender import CardSender
from bot.delivery.checked_answers import CheckedAnswers
from bot.delivery.pictures import Pictures
from bot.delivery.reconcile import Reconciler
from bot.desk.case_desk import CaseDesk
from bot.desk.case_view import CaseViews
from bot.desk.moderators import Moderators
from bot.desk.moderators_group import ModeratorsGroup
from bot.desk.panels import Panels
from bot.dispatcher import build_dispatcher
from bot.leases import LEASE_S, Leases
from bot.metrics import BotMetrics
from bot.monitoring import Monitoring
from bot.privacy.erasure import Erasure
from bot.settings import BotSettings
from bot.telegram.inbox import Inbox
from bot.telegram.lanes import TURN_LEASE_S, UpdateLanes
from bot.telegram.outgoing import OutgoingQueue
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
    outgoing: OutgoingQueue
    engine: AsyncEngine
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


@dataclass(frozen=True, slots=True)
class DeskParts:
    """What handlers and duties of the moderators' desk share."""

    moderators: Moderators
    store: CaseStore
    shown_cards: ShownCards
    views: CaseViews
    desk: CaseDesk
    panels: Panels

    def shared(self) -> dict[str, Any]:
        """Return what handlers may ask for by name."""
        return {
            "moderators": self.moderators,
            "cases": self.store,
            "shown_cards": self.shown_cards,
            "views": self.views,
            "desk": self.desk,
            "panels": self.panels,
        }


def desk_parts(resources: Resources, reviews: Reviews, group: ModeratorsGroup) -> DeskParts:
    """Return the parts of the moderators' desk."""
    moderators = Moderators(resources.bot, group)
    store = CaseStore(resources.engine, resources.seal)
    desk = CaseDesk(store, resources.taxonomy)
    say = resources.texts[resources.settings.moderators_language]
    drafts = DraftStore(resources.engine)
    return DeskParts(
        moderators,
        store,
        ShownCards(resources.engine),
        CaseViews(store, moderators),
        desk,
        Panels(resources.bot, reviews, drafts, desk, resources.taxonomy, say),
    )


def build_parts(resources: Resources) -> BotParts:
    """Return the parts, connected with each other."""
    settings, seal = resources.settings, resources.seal
    reviews, groups = Reviews(resources.engine, seal), Groups(resources.engine)
    jobs, outcomes = _jobs(resources), _outcomes(resources)
    leases = Leases(resources.connections.commands, min(settings.lease_s, LEASE_S))
    pictures = Pictures(resources.pool, resources.taxonomy)
    lanes = UpdateLanes(Leases(resources.connections.commands, TURN_LEASE_S))
    inbox = Inbox(resources.connections.commands, seal, resources.bot)
    group = ModeratorsGroup(groups, settings.moderators_chat_id)
    desk = desk_parts(resources, reviews, group)
    card_sender = _card_sender(resources, reviews, group, pictures, desk)
    answers = _answer_sender(resources, reviews, outcomes, pictures, card_sender, leases)
    reconciler = Reconciler(reviews, jobs, outcomes, answers, settings.reconcile_s)
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
        erasure=_erasure(resources, reviews, leases),
        groups=groups,
        **desk.shared(),
    )
    monitoring = Monitoring(
        resources.metrics, resources.connections, reviews, lease_s=settings.lease_s
    )
    checked = CheckedAnswers(resources.bot, desk.panels, desk.shown_cards, resources.texts)
    duties = (reconciler.run, card_sender.run, checked.run)
    return BotParts(reviews, group, leases, answers, duties, dispatcher, lanes, inbox, monitoring)


def _jobs(resources: Resources) -> Stream[Job]:
    return job_stream(resources.connections, resources.seal, lease_s=resources.settings.lease_s)


def _outcomes(resources: Resources) -> Stream[Outcome]:
    return outcome_stream(resources.connections, resources.seal, lease_s=resources.settings.lease_s)


def _card_sender(
    resources: Resources,
    reviews: Reviews,
    group: ModeratorsGroup,
    pictures: Pictures,
    desk: DeskParts,
) -> CardSender:
    bot, taxonomy = resources.bot, resources.taxonomy
    say = resources.texts[resources.settings.moderators_language]
    return CardSender(
        bot,
        reviews,
        pictures,
        taxonomy,
        say,
        group=group,
        paced=resources.settings.pace_group,
        metrics=resources.metrics,
        editor=CardEditor(bot, reviews, desk.shown_cards, desk.views, taxonomy, say),
        recent_writes=resources.outgoing.recent_writes,
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


def _erasure(resources: Resources, reviews: Reviews, leases: Leases) -> Erasure:
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
    )
