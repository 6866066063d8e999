"""Draws in no time: what stands in for the processes that draw."""

from collections.abc import Callable
from typing import Any

from triage.taxonomy import Taxonomy


class Painter:
    """A drawing pool whose pictures say what was asked for, or whose processes are dead."""

    def __init__(self) -> None:
        self.broken = False
        self.drawn: list[str] = []
        self.taxonomies: list[Taxonomy] = []

    async def draw(self, picture: Callable[..., bytes], *args: Any) -> bytes:
        """Return the name of the picture and its language; that comes last."""
        if self.broken:
            raise RuntimeError("the drawing processes died")
        self.taxonomies += [each for each in args if isinstance(each, Taxonomy)]
        self.drawn.append(f"{picture.__name__} {args[-1]}")
        return self.drawn[-1].encode()
