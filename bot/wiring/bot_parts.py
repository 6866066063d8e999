"""
Builds the parts of the bot and connects them; starts nothing.

Every replica has all parts. Work for one replica at a time is in `duties`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from aiogram import Dispatcher

from bot.archive.card_places import CardPlaces
from bot.archive.groups import Groups
from bot.archive.inspection import check_open_archive
from bot.archive.link_store import LinkStore
from bot.archive.people import People
from bot.archive.reviews import Reviews
from bot.delivery.after_answer import AfterAnswer
from bot.delivery.answers import AnswerSender
from bot.delivery.card_editor import CardEditor
from bot.delivery.card_links import CardLinks
from bot.delivery.card_post import CardPost
from bot.delivery.card_sender import CardSender
from bot.delivery.pictures import Pictures
from bot.delivery.reconcile import Reconciler
from bot.desk.moderators_group import ModeratorsGroup
from bot.dispatcher import build_dispatcher
from bot.leases import LEASE_S, Leases
from bot.monitoring import Monitoring
from bot.telegram.inbox import Inbox
from bot.telegram.lanes import TURN_LEASE_S, UpdateLanes
from bot.wiring.author_parts import author_parts
from bot.wiring.desk_parts import DeskParts, desk_parts
from bot.wiring.dialogue_parts import dialogue_parts
from bot.wiring.erasure_parts import erasure_parts
from bot.wiring.private_desk_parts import private_desk_parts
from bot.wiring.resources import Resources, Service
from triage.queue.messages import Job, Outcome
from triage.queue.stream_factory import job_stream, outcome_stream
from triage.queue.streams import Stream


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
    settings, seal, group = resources.settings, resources.seal, resources.group
    reviews, groups = Reviews(resources.engine, seal), Groups(resources.engine)
    jobs, outcomes = _jobs(resources), _outcomes(resources)
    leases = Leases(resources.connections.commands, min(settings.lease_s, LEASE_S))
    pictures = Pictures(resources.pool, resources.taxonomy)
    lanes = UpdateLanes(Leases(resources.connections.commands, TURN_LEASE_S))
    inbox = Inbox(resources.connections.commands, seal, resources.bot)
    authors = author_parts(resources)
    desk = desk_parts(resources, reviews, authors)
    card_sender = _card_sender(resources, reviews, group, pictures, desk)
    after = AfterAnswer(resources.bot, reviews, authors.consents, resources.texts)
    answers = _answer_sender(resources, reviews, outcomes, pictures, card_sender, leases, after)
    reconciler = Reconciler(reviews, jobs, outcomes, answers, settings.reconcile_s)
    dialogue = dialogue_parts(resources, reviews, authors.photos)
    erasing = erasure_parts(resources, reviews, leases, dialogue, authors.photos)
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
        erasures=erasing.queue,
        groups=groups,
        **authors.shared(),
        **desk.shared(),
        **private_desk_parts(resources, reviews, desk.panels),
        **dialogue.shared(),
    )
    duties = (reconciler.run, card_sender.run, *erasing.duties, *desk.duties, *dialogue.duties)
    monitoring = _monitoring(resources)
    return BotParts(reviews, group, leases, answers, duties, dispatcher, lanes, inbox, monitoring)


def _monitoring(resources: Resources) -> Monitoring:
    return Monitoring(
        resources.metrics,
        resources.connections,
        lambda: check_open_archive(resources.engine),
        resources.group.place,
        lease_s=resources.settings.lease_s,
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
    editor = CardEditor(bot, reviews, desk.shown_cards, desk.views, taxonomy, say)
    post = CardPost(bot, pictures, taxonomy, say, editor)
    links, places = LinkStore(resources.engine), CardPlaces(resources.engine)
    return CardSender(
        bot,
        reviews,
        post,
        group=group,
        routes=desk.routes,
        paced=resources.settings.pace_group,
        metrics=resources.metrics,
        editor=editor,
        links=CardLinks(bot, links, places, reviews, desk.routes, post),
        recent_writes=resources.outgoing.recent_writes,
    )


def _answer_sender(
    resources: Resources,
    reviews: Reviews,
    outcomes: Stream[Outcome],
    pictures: Pictures,
    card_sender: CardSender,
    leases: Leases,
    after: AfterAnswer,
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
        after,
        training_mode=resources.settings.training_mode,
    )
