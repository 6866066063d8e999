"""
Pictures of an answer that no worker's chart covers.

A worker sends one chart with each outcome, in the customer's language. This module draws the others
from the archive: the chart of all classes, a chart in the moderators' language if that is another
one, and a chart that was lost with Redis or not uploaded because the customer blocked the bot.
"""

from collections.abc import Callable

from bot.archive.records import Review
from charts.answer import read_answer
from charts.pool import DrawingPool
from charts.probabilities import BARS, MOST_BARS, draw_all, draw_answer
from triage.cascade import Ladder
from triage.review import Language
from triage.taxonomy import Taxonomy

# The archive stores the rung that decided, not the rule; this ladder only says where "not sure"
# ends. If no single rung explains an answer (thresholds for each class), no line is drawn.
KNOWN_LADDER = Ladder(fallback="most_probable")


class Pictures:
    """Draws the pictures of a review from its stored answer."""

    def __init__(self, pool: DrawingPool, taxonomy: Taxonomy) -> None:
        self._pool = pool
        self._taxonomy = taxonomy

    async def answer(self, review: Review, language: Language) -> bytes | None:
        """Return the chart of the most probable classes; None if no model answered."""
        return await self._draw(draw_answer, review, language, self._taxonomy)

    async def of_card(self, review: Review, language: Language) -> str | bytes | None:
        """
        Return the picture of a card: the customer's, as a file id, if there is one to show.

        Moderators read the classes' internal titles, so a picture with a public one is redrawn.
        """
        stored = review.picture_in(language)
        if stored is not None and not self._has_public_title(review, language):
            return stored
        return await self._draw(draw_answer, review, language, self._taxonomy.internal)

    async def every_class(self, review: Review, language: Language) -> bytes | None:
        """Return the chart of all classes; None if no model answered."""
        return await self._draw(draw_all, review, language, self._taxonomy)

    def _has_public_title(self, review: Review, language: Language) -> bool:
        """Return whether the customer's picture has a class title other than the moderators'."""
        known = review.answer
        decision = known.under(self._taxonomy) if known else None
        if known is None or decision is None:
            return False
        public, internal = (
            read_answer(known.probabilities, decision, titles, KNOWN_LADDER, language)
            for titles in (self._taxonomy, self._taxonomy.internal)
        )
        return public.best(BARS, MOST_BARS) != internal.best(BARS, MOST_BARS)

    async def _draw(
        self,
        picture: Callable[..., bytes],
        review: Review,
        language: Language,
        taxonomy: Taxonomy,
    ) -> bytes | None:
        known = review.answer
        decision = known.under(taxonomy) if known else None
        if known is None or decision is None:
            return None
        return await self._pool.draw(
            picture, known.probabilities, decision, taxonomy, KNOWN_LADDER, language
        )
