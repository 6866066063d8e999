"""Builds the parts of the moderators' desk."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.archive.card_places import CardPlaces
from bot.archive.case_store import CaseStore
from bot.archive.draft_store import DraftStore
from bot.archive.link_store import LinkStore
from bot.archive.reviews import Reviews
from bot.archive.route_store import RouteStore
from bot.archive.shown_cards import ShownCards
from bot.delivery.changed_routes import ChangedRoutes
from bot.delivery.checked_answers import CheckedAnswers
from bot.desk.banning import Banning
from bot.desk.case_desk import CaseDesk
from bot.desk.case_view import CaseViews
from bot.desk.desk_routes import DeskRoutes
from bot.desk.group_panels import GroupPanels
from bot.desk.moderators import Moderators
from bot.desk.panels import Panels
from bot.wiring.author_parts import AuthorParts
from bot.wiring.resources import Resources, Service


@dataclass(frozen=True, slots=True)
class DeskParts:
    """The parts that handlers and duties of the moderators' desk share."""

    moderators: Moderators
    store: CaseStore
    shown_cards: ShownCards
    views: CaseViews
    desk: CaseDesk
    panels: Panels
    group_panels: GroupPanels
    routes: DeskRoutes
    banning: Banning
    duties: Sequence[Service]

    def shared(self) -> dict[str, Any]:
        """Return the arguments that handlers get by name."""
        return {
            "moderators": self.moderators,
            "cases": self.store,
            "shown_cards": self.shown_cards,
            "views": self.views,
            "desk": self.desk,
            "panels": self.panels,
            "group_panels": self.group_panels,
            "routes": self.routes,
            "banning": self.banning,
        }


def desk_parts(resources: Resources, reviews: Reviews, authors: AuthorParts) -> DeskParts:
    """Return the parts of the moderators' desk."""
    moderators = Moderators(resources.bot, resources.group)
    store = CaseStore(resources.engine, resources.seal)
    desk = CaseDesk(store, resources.taxonomy)
    say = resources.texts[resources.settings.moderators_language]
    drafts = DraftStore(resources.engine)
    shown_cards, views = ShownCards(resources.engine), CaseViews(store, moderators, authors.authors)
    panels = Panels(resources.bot, reviews, drafts, desk, resources.taxonomy, say)
    group, engine = resources.group, resources.engine
    routes = DeskRoutes(RouteStore(engine), group, store, resources.taxonomy)
    checked = CheckedAnswers(
        resources.bot,
        panels,
        shown_cards,
        ChangedRoutes(routes, CardPlaces(engine), LinkStore(engine)),
        authors.checks,
        resources.texts,
        training_mode=resources.settings.training_mode,
    )
    return DeskParts(
        moderators=moderators,
        store=store,
        shown_cards=shown_cards,
        views=views,
        desk=desk,
        panels=panels,
        group_panels=GroupPanels(
            panels,
            resources.outgoing.recent_writes,
            resources.settings.desk_panel == "group",
        ),
        routes=routes,
        banning=Banning(authors.bans, desk),
        duties=(checked.run,),
    )
