"""The first people of the demo."""

from pathlib import Path

import pytest

from sandbox.__main__ import another_port
from sandbox.demo import hint_for, populate
from sandbox.telegram.world import MODERATORS_CHAT_ID, World
from triage.review import LANGUAGES, Language
from triage.taxonomy import DEFAULT_TAXONOMY, load_taxonomy


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_first_moderator_uses_the_language_of_the_cards(
    language: Language,
) -> None:
    world = World()
    group = world.add_group("Moderators")
    populate(world, load_taxonomy(), language)

    first = next(iter(user for user in group.members.values() if not user.is_bot))
    assert group.chat_id == MODERATORS_CHAT_ID
    assert first.language_code == language


def test_the_hint_fits_the_taxonomy_and_whether_example_reviews_are_played() -> None:
    shipped = hint_for(DEFAULT_TAXONOMY, load_taxonomy(), fills=True)
    assert "Russian" in shipped.text
    assert "invented" in shipped.text
    assert shipped.example

    cafe = Path("examples/cafe/taxonomy.json")
    company = hint_for(cafe, load_taxonomy(cafe), fills=False)
    assert "Russian" not in company.text
    assert "invented" not in company.text
    assert company.text.endswith("in English.")
    assert not company.example


def test_a_used_port_names_what_the_person_has_typed() -> None:
    assert another_port({}) == "--port 8081"
    assert another_port({"MAKELEVEL": "1"}) == "PORT=8081"
