"""
Draws the chart of an answer in other processes, while the model runs.

If a chart fails, the answer is published without it: the bot can draw the chart from the archive.
"""

import logging
from collections.abc import Callable, Sequence

from charts.pool import DrawingPool
from charts.probabilities import draw_answer
from triage.calibration import HANDED_OVER
from triage.cascade import Decision, Rule, decide
from triage.review import Language
from triage.taxonomy import Taxonomy

logger = logging.getLogger(__name__)

Picture = Callable[[Sequence[float], Decision, Taxonomy, Rule, Language], bytes]


class Drawing:
    """Draws the answers of all models in processes of their own."""

    def __init__(
        self, pool: DrawingPool, taxonomy: Taxonomy, picture: Picture = draw_answer
    ) -> None:
        self._pool = pool
        self._taxonomy = taxonomy
        self._picture = picture

    async def warm_up(self, rule: Rule) -> None:
        """Start the processes, so that the first customer does not wait for them."""
        probabilities = [2 * HANDED_OVER] * len(self._taxonomy.ids)  # a ranking draws no bars
        await self.draw(probabilities, decide(probabilities, self._taxonomy.ids, rule), rule, "en")

    async def draw(
        self, probabilities: Sequence[float], decision: Decision, rule: Rule, language: Language
    ) -> bytes:
        """Return the PNG, or no bytes if it cannot be drawn."""
        try:
            return await self._pool.draw(
                self._picture, probabilities, decision, self._taxonomy, rule, language
            )
        except Exception:
            logger.exception("a chart failed; the answer is published without it")
            return b""
