"""
The fewest taps that lead from a card to a set of classes, by the buttons of card and panel. Pure.

A button of the card costs one tap. Fix opens the panel, where each whole set or switch costs one
more. A class that is not on the first screen also costs the tap on its group, and each further
group the tap back. A panel is settled automatically, so Done costs nothing.
"""

from collections.abc import Collection

from bot.desk.alternatives import Alternatives, Classes
from triage.taxonomy import Taxonomy


def fewest_taps(wanted: Collection[int], sets: Alternatives, taxonomy: Taxonomy) -> int:
    """Return the taps with which a moderator reaches `wanted`, which must not be empty."""
    aim = frozenset(wanted)
    on_card = [*([sets.shown] if sets.shown else []), *sets.on_card]
    if aim in map(frozenset, on_card):
        return 1
    starts: list[tuple[int, Classes]] = [(1, sets.first), *((2, one) for one in sets.on_panel)]
    return min(taps + _switches(aim, start, sets, taxonomy) for taps, start in starts)


def _switches(aim: frozenset[int], start: Classes, sets: Alternatives, taxonomy: Taxonomy) -> int:
    """Return the taps that turn `start` into `aim`; what is chosen is on the first screen too."""
    first_screen = {*sets.toggles, *start}
    switched = aim.symmetric_difference(start)
    groups = {taxonomy.by_id[c].group for c in switched if c not in first_screen}
    ways_back = max(0, len(groups) - 1)
    return len(switched) + len(groups) + ways_back
