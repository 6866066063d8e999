"""The pages of /find, /classes and /mine: reads the archive, and returns what a message shows."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from aiogram.types import InlineKeyboardMarkup
from aiogram.utils.formatting import Bold, Code, Text, as_list

from bot.archive.card_places import CardPlaces
from bot.archive.own_cases import CasesByOwner
from bot.archive.review_search import FoundClasses, ReviewSearch
from bot.archive.reviews import Reviews
from bot.clock import now_ms
from bot.desk.alternatives import alternatives
from bot.desk.card_keyboard import Row
from bot.desk.desk_taps import DeskButton
from bot.desk.message_link import message_link
from bot.desk.moderators_group import ModeratorsGroup
from bot.desk.standing import standing
from bot.private_desk.list_screen import (
    PAGE,
    ListedReview,
    ListScreen,
    class_rows,
    key,
    list_text,
    open_rows,
)
from bot.private_desk.scan import Scan, scan
from bot.private_desk.word_search import EXCERPT_LENGTH, WordQuery
from bot.texts import Say
from triage.taxonomy import Taxonomy

# The most reviews that one tap reads.
SCANNED = 5_000

CLASS_DAYS = 30
DAY_MS = 24 * 3600 * 1000

# Cases of each kind that /mine lists, and the units of an excerpt there.
OWN_SHOWN = 6
OWN_EXCERPT = 80


@dataclass(frozen=True, slots=True)
class ListPages:
    """Makes the pages; `below` is where a page begins, 0 for the newest reviews."""

    reviews: Reviews
    search: ReviewSearch
    own: CasesByOwner
    places: CardPlaces
    group: ModeratorsGroup
    taxonomy: Taxonomy
    say: Say
    scanned: int = SCANNED

    async def found(self, words: str, below: int = 0) -> ListScreen:
        """Return the reviews with all of the words; the page shows `words` for the next one."""
        query = WordQuery.parse(words)
        page = await scan(
            self.search.texts(below or None),
            lambda seen: query.place_in(seen.text),
            PAGE,
            self.scanned,
        )
        heading = Text("🔎 ", Code(words))
        return await self._page(heading, page, page.hits, key_of=_FOUND, is_first=not below)

    async def of_class(self, class_id: int, below: int = 0) -> ListScreen:
        """Return the newest reviews of a class."""

        def is_hit(seen: FoundClasses) -> int | None:
            return 0 if class_id in effective(seen) else None

        page = await scan(self.search.classes(below or None), is_hit, PAGE, self.scanned)
        heading = Bold(self.taxonomy.title(class_id, self.say.language))
        back = [[key(DeskButton.CLASS_LIST, 0, self.say("desk-button-classes"))]]
        return await self._page(
            heading,
            page,
            {},
            key_of=(DeskButton.CLASS_PAGE, class_id),
            is_first=not below,
            more_rows=back,
        )

    async def classes(self, page: int = 0) -> ListScreen:
        """Return the classes of the last 30 days as buttons, the most frequent first."""
        counts: Counter[int] = Counter()
        classified = waiting = 0
        since_ms = now_ms() - CLASS_DAYS * DAY_MS
        async for seen in self.search.classes(since_ms=since_ms):
            found = effective(seen)
            waiting += not found
            known = [class_id for class_id in found if class_id in self.taxonomy.by_id]
            classified += bool(known)
            counts.update(known)
        ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
        rows = class_rows(ordered, page, self.taxonomy, self.say)
        title = self.say("classes-title", days=CLASS_DAYS, count=classified)
        waits = [self.say("classes-waiting", count=waiting)] if waiting else []
        buttons = InlineKeyboardMarkup(inline_keyboard=rows) if rows else None
        return ListScreen(as_list(Bold(title), *waits, self.say("classes-hint")), buttons)

    async def mine(self, user_id: int) -> ListScreen:
        """Return the cases that wait for the person's answer, and those that they have taken."""
        own = await self.own.of(user_id, now_ms())
        if not own.waiting and not own.taken:
            return ListScreen(Text(self.say("mine-none")), None)
        parts: list[Text] = []
        shown: list[int] = []
        for title, numbers in (("mine-waiting", own.waiting), ("mine-taken", own.taken)):
            if numbers:
                listed = await self._listed(numbers[:OWN_SHOWN], {}, OWN_EXCERPT)
                more = len(numbers) - OWN_SHOWN
                footer = [self.say("list-more", count=more)] if more > 0 else []
                heading = Bold(self.say(title, count=len(numbers)))
                parts.append(list_text([heading], listed, footer, self.taxonomy, self.say))
                shown.extend(one.review.number for one in listed)
        rows = open_rows(shown, self.say)
        text = as_list(*parts, sep="\n\n")
        return ListScreen(text, InlineKeyboardMarkup(inline_keyboard=rows), tuple(shown))

    async def _page(
        self,
        heading: Text,
        page: Scan[int],
        excerpts_at: Mapping[int, int],
        *,
        key_of: tuple[DeskButton, int | None],
        is_first: bool,
        more_rows: Sequence[Row] = (),
    ) -> ListScreen:
        """Return a page of hits with the buttons to the next and to the first one."""
        listed = await self._listed(list(page.hits), excerpts_at)
        text = list_text([heading], listed, self._footer(page), self.taxonomy, self.say)
        button, value = key_of
        turns: Row = []
        if not is_first:
            turns.append(key(button, 0, self.say("desk-button-newest"), value))
        if page.below is not None:
            turns.append(key(button, page.below, self.say("desk-button-more"), value))
        rows = [*open_rows(list(page.hits), self.say), *([turns] if turns else []), *more_rows]
        buttons = InlineKeyboardMarkup(inline_keyboard=rows) if rows else None
        return ListScreen(text, buttons, tuple(one.review.number for one in listed))

    def _footer(self, page: Scan[int]) -> list[str]:
        if page.is_cut:
            return [self.say("list-cut", count=self.scanned, number=str(page.below))]
        return [] if page.hits else [self.say("list-none")]

    async def _listed(
        self, numbers: Sequence[int], places: Mapping[int, int], length: int = EXCERPT_LENGTH
    ) -> list[ListedReview]:
        """Read the reviews of a page; skip those that were erased meanwhile."""
        group_id = await self.group.chat_id()
        said = await self.search.labels(numbers)
        found = []
        for number in numbers:
            review = await self.reviews.by_number(number)
            if review is None or review.is_expired:
                continue
            model_said = alternatives(review.answer, self.taxonomy).shown
            classes = standing(said[number]).classes or model_said or ()
            link = await self._card_link(group_id, number)
            found.append(ListedReview(review, classes, places.get(number, 0), link, length))
        return found

    async def _card_link(self, group_id: int | None, number: int) -> str:
        card = None if group_id is None else await self.places.card_of(group_id, number)
        return "" if group_id is None or card is None else message_link(group_id, card)


def effective(seen: FoundClasses) -> Collection[int]:
    """Return what people agree on, or else the model's answer."""
    return standing(seen.labels).classes or seen.classes


_FOUND: tuple[DeskButton, int | None] = (DeskButton.FOUND_PAGE, None)
