"""Reviews with answers and labels, and the moderators' private chats around them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count

from aiogram import Bot
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.archive.card_places import CardPlaces
from bot.archive.case_store import CaseStore
from bot.archive.desk_messages import DeskMessages
from bot.archive.draft_store import DraftStore
from bot.archive.export_log import ExportLog
from bot.archive.own_cases import CasesByOwner
from bot.archive.queue_store import QueueStore
from bot.archive.records import Review
from bot.archive.review_search import ReviewSearch
from bot.archive.reviews import Reviews
from bot.archive.training_rows import TrainingRows
from bot.clock import now_ms
from bot.desk.case_desk import CaseDesk, Doer
from bot.desk.cases import Act
from bot.desk.moderators_group import ModeratorsGroup
from bot.desk.panels import Panels
from bot.private_desk.list_message import ListMessages
from bot.private_desk.list_pages import ListPages
from bot.private_desk.queue_messenger import QueueMessenger
from bot.private_desk.review_queue import ReviewQueue
from tests.bot.group import SUPERGROUP, NoGroups
from tests.bot.samples import SEAL, TAXONOMY, TEXTS, answer, new, outcome
from triage.cascade import Confidence

OLGA, BORIS, ANNA = 7, 8, 9
SAY = TEXTS["ru"]


@dataclass
class PrivateDesk:
    """All parts over one archive."""

    bot: Bot
    engine: AsyncEngine
    sources: "count[int]" = field(default_factory=count)

    def __post_init__(self) -> None:
        engine, bot = self.engine, self.bot
        self.reviews = Reviews(engine, SEAL)
        self.cases = CaseStore(engine, SEAL)
        self.desk = CaseDesk(self.cases, TAXONOMY)
        self.messages = DeskMessages(engine)
        self.log = ExportLog(engine)
        self.training_rows = TrainingRows(engine, SEAL)
        self.store = QueueStore(engine, SEAL)
        panels = Panels(bot, self.reviews, DraftStore(engine), self.desk, TAXONOMY, SAY)
        self.queue = ReviewQueue(self.store, QueueMessenger(bot, self.messages, SAY), panels)
        group = ModeratorsGroup(NoGroups(), SUPERGROUP)  # type: ignore[arg-type]
        self.places = CardPlaces(engine)
        self.pages = ListPages(
            self.reviews,
            ReviewSearch(engine, SEAL),
            CasesByOwner(engine),
            self.places,
            group,
            TAXONOMY,
            SAY,
        )
        self.lists = ListMessages(bot, self.messages, SAY)

    async def review(
        self,
        text: str = "Курьер опоздал",
        classes: Sequence[int] = (3,),
        confidence: Confidence = Confidence.GUESS,
        share: float = 0.3,
        **changes: object,
    ) -> Review:
        """Accept a review and answer it."""
        review = await self.reviews.accept(new(text=text, **changes))
        known = answer(classes, confidence, share)
        said = outcome(review.review_id, probabilities=known.probabilities, decision=known.decision)
        await self.reviews.record(review.number, said, 5)
        await self.reviews.answered(review.number, 6)
        found = await self.reviews.by_number(review.number)
        assert found is not None
        return found

    async def says(self, user_id: int, review: Review, *classes: int, at_ms: int = 0) -> None:
        """Store a moderator's label."""
        doer = Doer(user_id, self.source(), at_ms or now_ms())
        await self.desk.settle(review, classes, doer)

    async def acts(self, user_id: int, review: Review, act: Act) -> None:
        """Perform an act on a case."""
        await self.desk.act(review.number, act, Doer(user_id, self.source(), now_ms()))

    def source(self) -> str:
        """Return the source of a further act."""
        return f"test:{next(self.sources)}"
