"""AnswerSender at work, and what tests say of them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiogram import Bot
from aiogram.methods import (
    EditMessageMedia,
)
from aiogram.types import BufferedInputFile, InputMediaPhoto

from bot.archive.records import NewReview, Review
from bot.archive.reviews import Reviews
from bot.clock import now_ms
from bot.delivery import customer_messages
from bot.delivery.after_answer import AfterAnswer
from bot.delivery.answers import AnswerSender
from bot.delivery.pictures import Pictures
from bot.leases import Leases
from bot.metrics import BotMetrics
from tests.bot.eventually import eventually, running
from tests.bot.group import card_sender_of
from tests.bot.painter import Painter
from tests.bot.samples import SEAL, TAXONOMY, TEXTS, new
from triage.queue.messages import Outcome
from triage.queue.stream_factory import outcome_stream
from triage.queue.streams import Connections
from triage.review import Language

CHART = b"the worker's chart"


class EverybodyAsked:
    """Consents of people who were all asked before."""

    async def claim_question(self, user_id: int, now_ms: int) -> bool:
        """Ask nobody again."""
        return False


class Post:
    """AnswerSender at work on an archive, a stream and a Telegram of their own."""

    def __init__(self, bot: Bot, reviews: Reviews, connections: Connections) -> None:
        self.reviews = reviews
        self.painter = Painter()
        self.outcomes = outcome_stream(connections, SEAL, lease_s=0.3)
        pictures = Pictures(self.painter, TAXONOMY)  # type: ignore[arg-type]
        self.card_sender = card_sender_of(bot, reviews, self.painter)
        leases = Leases(connections.commands)
        self.answers = AnswerSender(
            bot,
            reviews,
            self.outcomes,
            pictures,
            TAXONOMY,
            TEXTS,
            self.card_sender,
            leases,
            BotMetrics(),
            AfterAnswer(bot, reviews, EverybodyAsked(), TEXTS),  # type: ignore[arg-type],
        )

    async def accepted(self, sent: NewReview | None = None) -> Review:
        """Return an accepted review, one of this moment where none is given."""
        return await self.reviews.accept(sent or new(accepted_ms=now_ms()))

    async def again(self, review: Review) -> Review:
        """Return what the archive says of the review now."""
        found = await self.reviews.by_number(review.number)
        assert found is not None
        return found

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Deliver what comes, beside the test."""
        await self.outcomes.create_group()
        async with running(self.answers.run()):
            yield

    async def deliver(self, *told: Outcome, chart: bytes = CHART) -> None:
        """Publish outcomes and let them be delivered until none is open."""
        for message in told:
            await self.outcomes.publish(message, chart)
        async with self.open():
            await eventually(self.nothing_open)

    async def nothing_open(self) -> bool:
        """Return whether every outcome is settled."""
        return await self.outcomes.length() == 0


def picture_of(edit: object) -> bytes:
    """Return the picture that an edit uploads."""
    assert isinstance(edit, EditMessageMedia)
    assert isinstance(edit.media, InputMediaPhoto)
    assert isinstance(edit.media.media, BufferedInputFile)
    return edit.media.media.data


def caption(review: Review, language: Language = "ru") -> str:
    """Return the words below the picture of an answer."""
    return customer_messages.answer(review, TAXONOMY, TEXTS[language]).render()[0]
