"""After /forget no word of a dialogue is left that the bot can reach; the rest is named."""

import json
from pathlib import Path

import pytest

from sandbox.simulated_people import Customer
from sandbox.telegram.chat import Membership
from sandbox.telegram.message import ChatMessage
from tests.conversation.conftest import Comes
from tests.conversation.copies import found, in_chat, in_files
from tests.conversation.two_sides import Desk
from triage.sealing import Seal

pytestmark = pytest.mark.redis

# ASCII, because it reads the same in JSON.
REPLY, NOTE, ANSWER = "canary-reply", "canary-note", "canary-answer"
WORDS = (REPLY, NOTE, ANSWER)


@pytest.fixture
def bot_is_admin() -> bool:
    return True


@pytest.fixture
async def told(desk: Desk, bot_is_admin: bool) -> Desk:
    """Return a desk with a reply, a note, an answer and an answer with a photo."""
    if bot_is_admin:
        desk.moderator.chat.membership = Membership.ADMINISTRATOR
    card = await desk.card()
    await desk.reply_of(REPLY, card)
    await desk.moderator.says(f"//{NOTE}", reply_to=card)
    await desk.moderator.sees_text("Заметка к отзыву № 1")
    await desk.customer.taps("Ответить")
    await desk.customer.says(ANSWER)
    await desk.customer.sends("photo", caption=f"{ANSWER} photo")
    await desk.moderator.sees(lambda m: f"{ANSWER} photo" in m.text)
    return desk


def words_left(desk: Desk, seal: Seal, folder: Path) -> set[str]:
    """Return where words of the dialogue can be read: in the group, at the person, in files."""
    at_person = {
        f"private {name}": stored
        for name, stored in in_chat(desk.customer.chat).items()
        if desk.customer.chat.messages[int(name.split()[1])].sender.is_bot
    }
    places = {**in_chat(desk.moderator.chat), **at_person, **in_files(folder, "triage.db*")}
    return found(places, seal, WORDS)


async def forget(person: Customer) -> ChatMessage:
    await person.says("/forget")
    await person.taps("x:1")
    return await person.sees_text("всё удалено")


async def test_forget_removes_the_dialogue_from_every_place(
    told: Desk, seal: Seal, tmp_path: Path
) -> None:
    before = words_left(told, seal, tmp_path)
    assert len(before) >= 6, before
    done = await forget(told.customer)

    assert words_left(told, seal, tmp_path) == set()
    assert "не даёт" not in done.text


class TestWithoutTheRightToDelete:
    @pytest.fixture
    def bot_is_admin(self) -> bool:
        return False

    async def test_what_is_out_of_reach_is_named_to_both_sides(
        self, told: Desk, seal: Seal, tmp_path: Path
    ) -> None:
        written = {
            m.message_id
            for m in told.moderator.messages
            if not m.sender.is_bot and any(word in m.text for word in WORDS)
        }
        done = await forget(told.customer)

        assert "2 сообщения в чатах команды Telegram не даёт мне удалить" in done.text
        named = await told.moderator.sees_text("Автор отзыва попросил удалить свои данные")
        for message_id in written:
            assert f"https://t.me/c/1000000001/{message_id}" in named.text
        left = words_left(told, seal, tmp_path)
        assert left == {f"message {message_id}" for message_id in written}


async def test_forget_does_not_remove_the_dialogue_of_another_person(
    told: Desk, someone: Comes, seal: Seal, tmp_path: Path
) -> None:
    other = someone("ru")
    card = await told.card("Второй отзыв", other)
    await told.moderator.says("sparrow", reply_to=card)
    await other.sees_text("sparrow")
    await told.moderator.sees_text("✓ Доставлено автору отзыва № 2")
    await forget(told.customer)
    await other.sees_text("sparrow")
    assert any("sparrow" in m.text for m in told.moderator.messages)


async def test_mydata_shows_the_dialogue_without_notes(told: Desk) -> None:
    await told.customer.says("/mydata")
    sent = await told.customer.sees(lambda m: m.media is not None and m.media.kind == "document")
    assert sent.media is not None
    stored = told.customer.world.files.find(sent.media.file_id)
    assert stored is not None
    [review] = json.loads(stored.data)["reviews"]
    assert [(m["from"], m["kind"], m["text"]) for m in review["dialogue"]] == [
        ("the team", "text", REPLY),
        ("you", "text", ANSWER),
        ("you", "photo", f"{ANSWER} photo"),
    ]
    assert NOTE not in stored.data.decode()


async def test_an_answer_that_was_not_yet_shown_in_the_group_is_erased(
    told: Desk, seal: Seal, tmp_path: Path
) -> None:
    group = told.moderator.chat
    membership, group.membership = group.membership, Membership.KICKED
    await told.customer.says("canary-answer late")
    await told.customer.sees(lambda m: m.sender.is_bot and "Передано" in m.text)
    await forget(told.customer)
    group.membership = membership
    assert not {place for place in words_left(told, seal, tmp_path) if place.startswith("triage")}
