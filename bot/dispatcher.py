"""Which update goes to which handler, and which arguments handlers get by name."""

from typing import Any

from aiogram import Dispatcher, F, Router
from aiogram.enums import ChatType

from bot.archive.people import People
from bot.delivery.card_sender import CardSender
from bot.desk.access import FromModerators
from bot.desk.moderators import Moderators
from bot.desk.moderators_group import ModeratorsGroup
from bot.form.storage import FormStorage
from bot.handlers import (
    author_check,
    ban_commands,
    banned,
    canned_answers,
    card_taps,
    closing,
    commands,
    connect,
    consent,
    customer_answers,
    desk_commands,
    export_command,
    failure,
    fallback,
    form,
    form_photos,
    group_replies,
    list_taps,
    misplaced_commands,
    moderation,
    mydata,
    panel_taps,
    picture,
    private_desk,
    queue,
    queue_taps,
    routes,
    send,
    unblocked,
)
from bot.handlers.send import Admission
from bot.metrics import BotMetrics
from bot.middlewares.flood import RateLimitMiddleware
from bot.middlewares.measured import MeasuredUpdates
from bot.middlewares.person import PersonMiddleware
from bot.middlewares.unchanged_edits import drop_unchanged_edits
from bot.rate_limit import Throttle
from bot.seen_messages import SeenMessages
from bot.settings import BotSettings
from bot.texts import Texts
from triage.queue.streams import Connections
from triage.sealing import Seal
from triage.taxonomy import Taxonomy


def build_dispatcher(
    settings: BotSettings,
    connections: Connections,
    seal: Seal,
    *,
    people: People,
    texts: Texts,
    taxonomy: Taxonomy,
    card_sender: CardSender,
    group: ModeratorsGroup,
    moderators: Moderators,
    metrics: BotMetrics,
    **shared: Any,
) -> Dispatcher:
    """Return a dispatcher whose handlers get the arguments here, and `shared`, by name."""
    throttle = Throttle(connections.commands)
    dispatcher = Dispatcher(
        storage=FormStorage(connections.commands, seal),
        people=people,
        texts=texts,
        taxonomy=taxonomy,
        card_sender=card_sender,
        group=group,
        moderators=moderators,
        throttle=throttle,
        seen_messages=SeenMessages(connections.commands, settings.bot_token.get_secret_value()),
        moderators_say=texts[settings.moderators_language],
        connections=connections,
        metrics=metrics,
        **_chosen(settings),
        **shared,
    )
    dispatcher.update.outer_middleware(RateLimitMiddleware(people, texts))
    dispatcher.update.outer_middleware(MeasuredUpdates(metrics))
    dispatcher.errors.register(failure.explain)
    person = PersonMiddleware(people, texts, taxonomy, text_limit=settings.text_limit)
    dispatcher.include_routers(
        *_desk(group, moderators), connect.create_router(), _replies(group), _customers(person)
    )
    return dispatcher


def _chosen(settings: BotSettings) -> dict[str, Any]:
    """Return the settings that handlers get by name."""
    return {
        "admission": Admission(
            settings.reviews_per_minute, settings.reviews_per_day, settings.max_queued
        ),
        "is_pushed": bool(settings.webhook_url),
        "lease_s": settings.lease_s,
        "retention_days": settings.retention_days,
        "customer_names": settings.customer_names,
    }


def _desk(group: ModeratorsGroup, moderators: Moderators) -> list[Router]:
    """Return the routers of the desk: commands, buttons of messages, private chats."""
    return [
        _moderators(group),
        desk_commands.create_router(),
        export_command.create_router(),
        card_taps.create_stranger_router(moderators),
        queue_taps.create_router(moderators),
        list_taps.create_router(moderators),
        card_taps.create_router(moderators),
        ban_commands.create_tap_router(moderators),
        panel_taps.create_router(moderators),
        misplaced_commands.create_private_router(),
        private_desk.create_router(),
    ]


def _moderators(group: ModeratorsGroup) -> Router:
    router = Router(name="moderators")
    router.message.filter(FromModerators(group))
    router.include_routers(
        moderation.create_router(),
        queue.create_router(),
        routes.create_router(),
        ban_commands.create_router(),
        misplaced_commands.create_group_router(),
    )
    return router


def _replies(group: ModeratorsGroup) -> Router:
    """Route replies below cards; it comes after all other commands and buttons of a group."""
    router = Router(name="replies")
    texts = Router(name="texts in the group")
    texts.message.filter(FromModerators(group))
    texts.edited_message.filter(FromModerators(group))
    texts.include_routers(canned_answers.create_router(), group_replies.create_router())
    router.include_routers(
        group_replies.create_tap_router(),
        canned_answers.create_tap_router(),
        texts,
        fallback.create_group_router(),
    )
    return router


def _customers(person: PersonMiddleware) -> Router:
    """Route private chats. The order matters: the fallback takes what no other router took."""
    router = Router(name="customers")
    router.message.filter(F.chat.type == ChatType.PRIVATE)
    router.edited_message.filter(F.chat.type == ChatType.PRIVATE)
    router.callback_query.filter(F.message.chat.type == ChatType.PRIVATE)
    for observer in (router.message, router.edited_message):
        observer.middleware(drop_unchanged_edits)
    for observer in (router.message, router.edited_message, router.callback_query):
        observer.middleware(person)
    router.include_routers(
        unblocked.create_router(),
        commands.create_router(),
        misplaced_commands.create_customers_router(),
        mydata.create_router(),
        consent.create_router(),
        picture.create_router(),
        banned.create_router(),
        author_check.create_router(),
        send.create_router(),
        closing.create_router(),
        customer_answers.create_router(),
        form.create_router(),
        form_photos.create_router(),
        fallback.create_router(),
    )
    return router
