"""What taps on a panel choose, with plain values."""

from bot.desk.alternatives import Alternatives
from bot.desk.desk_taps import DeskButton, DeskTap
from bot.desk.panel import switched
from tests.bot.samples import TAXONOMY

SURE = Alternatives(shown=(3,), on_card=((5,),), on_panel=((3, 5), (8,)), toggles=(3, 5, 8))
UNSURE = Alternatives(shown=None, on_card=((5,), (3,)), on_panel=((8, 5), (7,)), toggles=(8, 5))

FIRST, SECOND = (DeskTap(DeskButton.SET, 1, 0, place) for place in (0, 1))


def test_a_set_replaces_the_chosen_classes() -> None:
    assert switched((9,), FIRST, SURE, TAXONOMY) == (3, 5)
    assert switched((9,), SECOND, UNSURE, TAXONOMY) == (7,)


def test_the_guess_of_an_unsure_model_is_added_to_the_chosen_classes() -> None:
    assert switched((), FIRST, UNSURE, TAXONOMY) == (8, 5)
    assert switched((3, 5), FIRST, UNSURE, TAXONOMY) == (3, 5, 8)
    assert switched((3, 5, 8), FIRST, UNSURE, TAXONOMY) == (3, 5, 8), "a repeated tap"
