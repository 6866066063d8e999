"""The first people of the demo."""

import pytest

from sandbox.demo import populate
from sandbox.telegram.world import MODERATORS_CHAT_ID, World
from triage.review import LANGUAGES, Language
from triage.taxonomy import load_taxonomy


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_moderator_whom_the_page_shows_speaks_the_language_of_the_cards(
    language: Language,
) -> None:
    world = World()
    group = world.add_group("Moderators")
    populate(world, load_taxonomy(), language)

    first = next(iter(user for user in group.members.values() if not user.is_bot))
    assert group.chat_id == MODERATORS_CHAT_ID
    assert first.language_code == language
