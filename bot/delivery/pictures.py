"""
Pictures of an answer that no worker's chart covers.

A worker sends one chart with each outcome, in the customer's language. All classes, a chart in the
moderators' language if that is another one, and a chart that was lost with Redis or could not be
uploaded for a customer who blocked the bot, are drawn here from the archive.
"""

from collections.abc import Callable

from bot.archive.records import Review
from charts.answer import read_answer
from charts.pool import DrawingPool
from charts.probabilities import BARS, MOST_BARS, draw_all, draw_answer
from triage.cascade import Ladder
from triage.review import Language
from triage.taxonomy import Taxonomy

# The archive keeps the rung that decided, not the rule; this one only says where "not sure" ends.
# Of an answer that no one rung explains, as of thresholds for each class, no line is drawn.
KNOWN_LADDER = Ladder(fallback="most_probable")


class Pictures:
    """Draws what the archive knows of a review."""

    def __init__(self, pool: DrawingPool, taxonomy: Taxonomy) -> None:
        self._pool = pool
        self._taxonomy = taxonomy

    async def answer(self, review: Review, language: Language) -> bytes | None:
        """Return the chart of the most probable classes; None if no model answered."""
        return await self._draw(draw_answer, review, language, self._taxonomy)

    async def of_card(self, review: Review, language: Language) -> str | bytes | None:
        """
        Return the picture of a card: the customer's, as a file id, if there is one to show.

        Moderators read the classes' internal titles, so a picture with a public one is drawn anew.
        """
        stored = review.picture_in(language)
        if stored is not None and not self._has_public_title(review, language):
            return stored
        return await self._draw(draw_answer, review, language, self._taxonomy.internal)

    async def every_class(self, review: Review, language: Language) -> bytes | None:
        """Return the chart of all classes; None if no model answered."""
        return await self._draw(draw_all, review, language, self._taxonomy)

    def _has_public_title(self, review: Review, language: Language) -> bool:
        """Return whether the customer's picture calls a class otherwise than moderators do."""
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
