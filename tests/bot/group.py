"""A CardSender, and what tests say of the cards that it sends."""

from collections.abc import Sequence

from aiogram import Bot
from aiogram.methods import SendMessage

from bot.archive.card_places import CardPlaces
from bot.archive.case_store import CaseStore
from bot.archive.link_store import LinkStore
from bot.archive.records import Review
from bot.archive.reviews import Reviews
from bot.archive.route_store import RouteStore
from bot.archive.shown_cards import ShownCards
from bot.delivery.card_editor import CardEditor
from bot.delivery.card_links import CardLinks
from bot.delivery.card_post import CardPost
from bot.delivery.card_sender import CardSender
from bot.delivery.pictures import Pictures
from bot.desk.case_view import CaseViews
from bot.desk.desk_routes import DeskRoutes
from bot.desk.moderators import Moderators
from bot.desk.moderators_group import ModeratorsGroup
from bot.metrics import BotMetrics
from tests.bot.eventually import eventually, running
from tests.bot.painter import Painter
from tests.bot.samples import SEAL, TAXONOMY, TEXTS, new, outcome

GROUP, SUPERGROUP = -5, -1005


class NoGroups:
    """An archive in which no group was connected."""

    async def moderators(self) -> None:
        """Return no group."""

    async def moved(self, *_: int) -> bool:
        """Find no group that could have moved."""
        return False


def set_group() -> ModeratorsGroup:
    """Return `GROUP` as an operator sets it; the archive knows no group."""
    return ModeratorsGroup(NoGroups(), GROUP)  # type: ignore[arg-type]


def card_sender_of(
    bot: Bot,
    reviews: Reviews,
    painter: Painter,
    *,
    paced: bool = True,
    group: ModeratorsGroup | None = None,
) -> CardSender:
    """Return what sends cards in Russian, to `GROUP` unless another group is given."""
    pictures = Pictures(painter, TAXONOMY)  # type: ignore[arg-type]
    say, engine = TEXTS["ru"], reviews._engine
    group = group or set_group()
    views = CaseViews(CaseStore(engine, SEAL), Moderators(bot, group))
    editor = CardEditor(bot, reviews, ShownCards(engine), views, TAXONOMY, say)
    post = CardPost(bot, pictures, TAXONOMY, say, editor)
    routes = DeskRoutes(RouteStore(engine), group, CaseStore(engine, SEAL), TAXONOMY)
    return CardSender(
        bot,
        reviews,
        post,
        group=group,
        routes=routes,
        paced=paced,
        metrics=BotMetrics(),
        editor=editor,
        links=CardLinks(bot, LinkStore(engine), CardPlaces(engine), reviews, routes, post),
        recent_writes=not_counted,
    )


async def not_counted(chat_id: int) -> list[float]:
    """Know nothing of writes, as after a loss of Redis: the archive then tells the pace."""
    return []


async def answered(reviews: Reviews, file_id: str | None = "chart", **changes: object) -> Review:
    """Return a review that waits for its card."""
    review = await reviews.accept(new(**changes))
    await reviews.record(review.number, outcome(review.review_id), 5)
    await reviews.answered(review.number, 6, file_id)
    found = await reviews.by_number(review.number)
    assert found is not None
    return found


async def all_shown(card_sender: CardSender, reviews: Reviews) -> None:
    """Run the sender until no review waits for its card."""

    async def none_left() -> bool:
        return await reviews.count_without_card() == 0

    async with running(card_sender.run()):
        await eventually(none_left)


async def has_card(reviews: Reviews, review: Review) -> bool:
    """Return whether the moderators have seen the review."""
    found = await reviews.by_number(review.number)
    return found is not None and found.carded_ms is not None


def listed(digests: Sequence[SendMessage]) -> list[int]:
    """Return the numbers of the reviews whose commands digests give."""
    lines = [line for digest in digests for line in digest.text.splitlines()]
    return [int(line.split()[0][2:]) for line in lines if line.startswith("/r")]
