"""Adds links to a review in the topics of its new classes, after people changed its classes."""

from dataclasses import dataclass

from bot.archive.card_places import CardPlaces
from bot.archive.link_store import LinkStore
from bot.archive.records import Review
from bot.desk.desk_routes import DeskRoutes


@dataclass(frozen=True, slots=True)
class ChangedRoutes:
    """Adds lines that are due; the card stays where it is."""

    routes: DeskRoutes
    places: CardPlaces
    links: LinkStore

    async def follow(self, review: Review) -> None:
        """Add a line with a link to the card for each topic that the newest label adds."""
        chat_id, threads = await self.routes.added(review)
        card_id = await self.places.card_of(chat_id, review.number) if threads else None
        # A review without a card gets its card in the topic of its classes.
        if card_id is not None:
            await self.links.add(review.number, threads, chat_id, card_id)
