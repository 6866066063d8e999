"""What a card shows of a case: its state, what people have settled on, and their names."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from bot.archive.case_store import CaseStore
from bot.archive.desk_records import Case
from bot.desk.authors import UNKNOWN_AUTHOR, Authors, AuthorView
from bot.desk.cases import current
from bot.desk.moderators import Moderators
from bot.desk.standing import NOTHING, Standing, is_undoable, standing
from bot.form.validation import clipped
from bot.texts import Say

# A name on a card or in a toast, UTF-16 units.
NAME_SHOWN = 24


@dataclass(frozen=True, slots=True)
class CaseView:
    """
    A case, its valid labels, and the names of the people in them.

    `can_undo` is whether one of the labels can still be undone.
    """

    case: Case
    standing: Standing = NOTHING
    names: Mapping[int, str] = field(default_factory=dict)
    author: AuthorView = UNKNOWN_AUTHOR
    can_undo: bool = False

    def name(self, user_id: int | None, say: Say) -> str:
        """Return a person's name as a card shows it."""
        name = self.names.get(user_id or 0)
        return clipped(name, NAME_SHOWN) if name else say("desk-someone")


class CaseViews:
    """Reads what cards show."""

    def __init__(
        self, store: CaseStore, moderators: Moderators, authors: Authors | None = None
    ) -> None:
        """Without `authors`, cards show nothing about them."""
        self._store = store
        self._moderators = moderators
        self._authors = authors

    async def of(self, number: int, now_ms: int) -> CaseView:
        """Return the case of review `number` as it is at `now_ms`."""
        case = current(await self._store.case(number), now_ms)
        # A case without changes has no labels.
        held = standing(await self._store.labels(number)) if case.version else NOTHING
        view = replace(await self.named(case, held), can_undo=is_undoable(held, now_ms))
        if self._authors is None:
            return view
        return replace(view, author=await self._authors.of(number))

    async def named(
        self, case: Case, held: Standing = NOTHING, actor_id: int | None = None
    ) -> CaseView:
        """Return the case with the names of its owner, of those who have settled, of the actor."""
        people = {label.content.by_id for label in held.labels}
        people |= {person for person in (case.owner_id, actor_id) if person is not None}
        names = {person: await self._moderators.name(person) for person in people}
        return CaseView(case, held, {person: name for person, name in names.items() if name})
