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
from bot.archive.draft_store import DraftStore
from bot.archive.group_writes import GroupWrites
from bot.archive.groups import Groups
from bot.archive.old_reviews import OldReviews
from bot.archive.people import People
from bot.archive.personal_data import PersonalData
from bot.archive.reviews import Reviews
from bot.archive.shown_cards import ShownCards
from bot.archive.waiting_cases import WaitingCases
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
    duties: Sequence[Service]

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
    shown_cards, views = ShownCards(resources.engine), CaseViews(store, moderators)
    panels = Panels(resources.bot, reviews, drafts, desk, resources.taxonomy, say)
    checked = CheckedAnswers(resources.bot, panels, shown_cards, resources.texts)
    return DeskParts(moderators, store, shown_cards, views, desk, panels, (checked.run,))


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
        **desk.shared(),
        reply_desk=desks.replies,
        answer_desk=desks.answers,
        canned=CannedAnswers(resources.engine, seal),
    )
    retention = _retention(resources, reviews, leases)
    duties = (reconciler.run, card_sender.run, retention.run, *desk.duties, *desks.duties)
    monitoring = _monitoring(resources, reviews)
    return BotParts(reviews, group, leases, answers, duties, dispatcher, lanes, inbox, monitoring)


def _monitoring(resources: Resources, reviews: Reviews) -> Monitoring:
    lease_s = resources.settings.lease_s
    return Monitoring(resources.metrics, resources.connections, reviews, lease_s=lease_s)


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
