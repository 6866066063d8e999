"""Builds the parts that erase a person's data and delete old texts."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.archive.bans import Bans
from bot.archive.desk_messages import DeskMessages
from bot.archive.erasure_store import ErasureStore
from bot.archive.export_log import ExportLog
from bot.archive.old_reviews import OldReviews
from bot.archive.personal_data import PersonalData
from bot.archive.photo_store import PhotoStore
from bot.archive.reviews import Reviews
from bot.dialogue.dialogue_erasure import DialogueErasure
from bot.leases import Leases
from bot.privacy.erasure import Erasure
from bot.privacy.erasure_queue import ErasureQueue
from bot.privacy.private_erasure import PrivateErasure
from bot.privacy.retention import Retention
from bot.wiring.dialogue_parts import DialogueParts
from bot.wiring.resources import Resources, Service


@dataclass(frozen=True, slots=True)
class ErasureParts:
    """The queue that handlers use, and the duties."""

    queue: ErasureQueue
    duties: Sequence[Service]


def erasure_parts(
    resources: Resources,
    reviews: Reviews,
    leases: Leases,
    dialogue: DialogueParts,
    photos: PhotoStore,
) -> ErasureParts:
    """Return the parts for erasure."""
    clearing = _dialogue_erasure(resources, dialogue, photos)
    queue = _queue(resources, reviews, leases, clearing)
    retention = _retention(resources, reviews, leases, clearing)
    return ErasureParts(queue, (queue.run, retention.run))


def _queue(
    resources: Resources,
    reviews: Reviews,
    leases: Leases,
    dialogue: DialogueErasure,
) -> ErasureQueue:
    bot, engine, texts = resources.bot, resources.engine, resources.texts
    store = ErasureStore(engine)
    erasure = Erasure(
        bot,
        store,
        reviews,
        PersonalData(engine),
        resources.connections,
        resources.seal,
        resources.taxonomy,
        texts,
        texts[resources.settings.moderators_language],
        dialogue,
        _private_erasure(resources),
    )
    return ErasureQueue(bot, store, erasure, Bans(engine), resources.connections, leases, texts)


def _retention(
    resources: Resources, reviews: Reviews, leases: Leases, dialogue: DialogueErasure
) -> Retention:
    return Retention(
        resources.bot,
        OldReviews(resources.engine, resources.seal),
        reviews,
        resources.connections,
        resources.seal,
        resources.taxonomy,
        resources.texts[resources.settings.moderators_language],
        leases,
        dialogue,
        _private_erasure(resources),
        resources.settings.retention_days,
    )


def _dialogue_erasure(
    resources: Resources, dialogue: DialogueParts, photos: PhotoStore
) -> DialogueErasure:
    texts, replies = resources.texts, dialogue.replies
    say = texts[resources.settings.moderators_language]
    return DialogueErasure(resources.bot, replies.dialogue, photos, replies.post, texts, say)


def _private_erasure(resources: Resources) -> PrivateErasure:
    say, engine = resources.texts[resources.settings.moderators_language], resources.engine
    return PrivateErasure(resources.bot, DeskMessages(engine), ExportLog(engine), say)
