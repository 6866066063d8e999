"""Where the cards of the moderators' group go: to the topics of routes, or to the group's own."""

from dataclasses import dataclass

from bot.archive.groups import GroupPlace
from bot.archive.records import Review
from bot.archive.route_store import RouteStore
from bot.clock import now_ms
from bot.desk.moderators_group import ModeratorsGroup
from bot.desk.routing import topics_of
from triage.taxonomy import Taxonomy


@dataclass(frozen=True, slots=True)
class CardPlan:
    """Where the card of a review goes, and the other topics that get a line with a link to it."""

    place: GroupPlace
    links: tuple[int, ...] = ()


class DeskRoutes:
    """Plans where cards go."""

    def __init__(self, store: RouteStore, group: ModeratorsGroup, taxonomy: Taxonomy) -> None:
        self.store = store
        self._group = group
        self._taxonomy = taxonomy

    async def plan(self, review: Review) -> CardPlan:
        """Return where the card goes; there must be a group."""
        chat_id = await self._group.chat_id()
        assert chat_id is not None, "cards are sent only while a group is connected"
        routes = await self.store.all(chat_id)
        first, *others = topics_of(review, routes, self._taxonomy, now_ms()) or (None,)
        if first is not None:
            return CardPlan(GroupPlace(chat_id, first), tuple(filter(None, others)))
        place = await self._group.card_place()
        assert place is not None, "cards are sent only while a group is connected"
        return CardPlan(place)
