"""Builds the parts that moderators use in their private chats."""

from typing import Any

from bot.archive.card_places import CardPlaces
from bot.archive.consents import Consents
from bot.archive.desk_messages import DeskMessages
from bot.archive.export_log import ExportLog
from bot.archive.own_cases import CasesByOwner
from bot.archive.queue_store import QueueStore
from bot.archive.review_search import ReviewSearch
from bot.archive.reviews import Reviews
from bot.archive.training_rows import TrainingRows
from bot.desk.panels import Panels
from bot.private_desk.export_sender import ExportSender
from bot.private_desk.list_message import ListMessages
from bot.private_desk.list_pages import ListPages
from bot.private_desk.queue_messenger import QueueMessenger
from bot.private_desk.review_queue import ReviewQueue
from bot.telegram.moderator_menus import ModeratorMenus
from bot.wiring.resources import Resources


def private_desk_parts(resources: Resources, reviews: Reviews, panels: Panels) -> dict[str, Any]:
    """Return the arguments that handlers get by name."""
    bot, engine, say = resources.bot, resources.engine, panels.say
    messages = DeskMessages(engine)
    pages = ListPages(
        reviews,
        ReviewSearch(engine, resources.seal),
        CasesByOwner(engine),
        CardPlaces(engine),
        resources.group,
        resources.taxonomy,
        say,
    )
    queue = ReviewQueue(
        QueueStore(engine, resources.seal), QueueMessenger(bot, messages, say), panels
    )
    return {
        "review_queue": queue,
        "list_pages": pages,
        "lists": ListMessages(bot, messages, say),
        "export_sender": ExportSender(
            bot,
            TrainingRows(engine, resources.seal),
            ExportLog(engine),
            Consents(engine).agreed,
            resources.taxonomy,
            say,
        ),
        "export_log": ExportLog(engine),
        "menus": ModeratorMenus(bot, resources.texts),
    }
