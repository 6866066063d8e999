"""Where the cards of the moderators' group go: to the topics of routes, or to the group's own."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.archive.case_store import CaseStore
from bot.archive.groups import GroupPlace
from bot.archive.records import Review
from bot.archive.route_store import RouteStore
from bot.clock import now_ms
from bot.desk.moderators_group import ModeratorsGroup
from bot.desk.routing import added_topics, routed_classes, topics_of
from triage.taxonomy import Taxonomy


@dataclass(frozen=True, slots=True)
class CardPlan:
    """Where the card of a review goes, and the other topics that get a line with a link to it."""

    place: GroupPlace
    links: tuple[int, ...] = ()


class DeskRoutes:
    """Plans where cards go."""

    def __init__(
        self, store: RouteStore, group: ModeratorsGroup, cases: CaseStore, taxonomy: Taxonomy
    ) -> None:
        self.store = store
        self._cases = cases
        self._group = group
        self._taxonomy = taxonomy

    async def plan(self, review: Review) -> CardPlan:
        """Return where the card goes; there must be a group."""
        chat_id = await self._group.chat_id()
        assert chat_id is not None, "cards are sent only while a group is connected"
        routes, classes = await self.store.all(chat_id), await self.classes(review)
        first, *others = topics_of(classes, routes, self._taxonomy, now_ms()) or (None,)
        if first is not None:
            return CardPlan(GroupPlace(chat_id, first), tuple(filter(None, others)))
        place = await self._group.card_place()
        assert place is not None, "cards are sent only while a group is connected"
        return CardPlan(place)

    async def classes(self, review: Review) -> Sequence[int]:
        """Return the classes that decide where a review belongs."""
        labels = await self._cases.labels(review.number)
        return routed_classes(review, labels, self._taxonomy)

    async def classes_at(self, review: Review) -> tuple[Sequence[int], int]:
        """Return these classes, and a version of the case that is not newer than they are."""
        version = (await self._cases.case(review.number)).version
        return await self.classes(review), version

    async def added(self, review: Review) -> tuple[int, Sequence[int]]:
        """Return the group, and its topics to which the newest label of a review adds it."""
        place = await self._group.card_place()
        if place is None:
            return 0, ()
        labels = await self._cases.labels(review.number)
        routes = await self.store.all(place.chat_id)
        others = place.thread_id
        return place.chat_id, added_topics(
            review, labels, routes, self._taxonomy, now_ms(), others=others
        )
