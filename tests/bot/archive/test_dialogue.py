"""Messages of a dialogue, on SQLite and on PostgreSQL."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.archive import file_ids
from bot.archive.answering import Answering
from bot.archive.canned_store import CannedAnswers
from bot.archive.dialogue import Dialogue
from bot.archive.dialogue_records import CannedAnswer, MessageKind, SendState
from bot.archive.dialogue_tables import canned, dialogue
from bot.archive.erasure_store import ErasureStore
from bot.archive.personal_data import PersonalData
from bot.archive.reviews import Reviews
from tests.bot.dialogue.replies import REPLY
from tests.bot.samples import SEAL, new

ANNA, BORIS = 555, 556


@pytest.fixture
async def messages(archive: Reviews, engine: AsyncEngine) -> Dialogue:
    """Return the dialogue of an archive in which Anna sent the reviews 1 and 2, and Boris 3."""
    for user_id in (ANNA, ANNA, BORIS):
        await archive.accept(new(user_id=user_id))
    return Dialogue(engine, SEAL)


async def add(messages: Dialogue, source: str, **changes: Any) -> int:
    stored = await messages.add(replace(REPLY, source=source, **changes))
    assert stored is not None
    return stored.id


async def sent(messages: Dialogue, source: str, at_ms: int, **changes: Any) -> int:
    row = await add(messages, source, **changes)
    values = {"state": SendState.SENT, "sent_ms": at_ms, "customer_message_id": row + 50}
    await messages.change(row, start=[SendState.HELD], **values)
    return row


async def test_no_message_is_stored_or_sent_for_a_review_that_is_being_erased(
    messages: Dialogue, archive: Reviews, engine: AsyncEngine
) -> None:
    held, sending = [await add(messages, source) for source in ("held", "sending")]
    await messages.change(sending, start=[SendState.HELD], state=SendState.SENDING)
    answering, erasures = Answering(engine), ErasureStore(engine)
    assert await answering.begin(ANNA, 1, 100)
    request = await erasures.ask(ANNA, 7, "en", None, 50)
    assert request is not None
    later = await archive.accept(new(user_id=ANNA))

    assert await messages.add(replace(REPLY, source="after it")) is None
    assert await answering.number(ANNA, 60, 1000) is None
    assert not await answering.begin(ANNA, 1, 100)
    states = {message.id: message.state for message in await messages.of(ANNA)}
    assert states == {held: SendState.CANCELLED, sending: SendState.SENDING}
    assert not await erasures.end_dialogue(request)
    await messages.change(sending, start=[SendState.SENDING], state=SendState.UNKNOWN)
    assert await erasures.end_dialogue(request)
    assert await messages.add(replace(REPLY, source="later", number=later.number)) is not None


async def test_a_message_is_stored_once_for_each_source(messages: Dialogue) -> None:
    assert await messages.add(REPLY) is not None
    assert await messages.add(replace(REPLY, text="again")) is None
    [stored] = await messages.of(ANNA)
    assert (stored.text, stored.state, stored.version, stored.told) == (
        REPLY.text,
        SendState.HELD,
        1,
        0,
    )


async def test_a_message_about_a_missing_review_is_not_stored(messages: Dialogue) -> None:
    assert await messages.add(replace(REPLY, number=99)) is None


async def test_texts_are_stored_encrypted(messages: Dialogue, engine: AsyncEngine) -> None:
    row = await add(messages, "a")
    await messages.change(row, start=[SendState.HELD], text="edited")
    await CannedAnswers(engine, SEAL).add(3, "prepared")
    async with engine.connect() as connection:
        sealed = await connection.scalar(select(dialogue.c.sealed_text))
        prepared = await connection.scalar(select(canned.c.sealed_text))
    assert [SEAL.open(each or b"") for each in (sealed, prepared)] == [b"edited", b"prepared"]


async def stored_file_ids(engine: AsyncEngine) -> list[tuple[str | None, str | None]]:
    """Return the plain file id of each row, and the encrypted one, decrypted."""
    query = select(dialogue.c.file_id, dialogue.c.sealed_file_id).order_by(dialogue.c.id)
    async with engine.connect() as connection:
        rows = (await connection.execute(query)).all()
    return [(plain, SEAL.open(sealed).decode() if sealed else None) for plain, sealed in rows]


async def test_file_ids_are_stored_encrypted(messages: Dialogue, engine: AsyncEngine) -> None:
    rows = [await add(messages, source, file_id=source * 300) for source in "abc"]
    await messages.change(rows[1], start=[SendState.HELD], file_id="changed")
    await messages.edit(rows[2], "text", "edited")
    await add(messages, "none")
    wanted = ["a" * 300, "changed", "edited", None]
    assert await stored_file_ids(engine) == [(None, file_id) for file_id in wanted]
    assert [message.file_id for message in await messages.of(ANNA)] == wanted
    await messages.change(rows[1], start=[SendState.HELD], file_id=None)
    assert (await stored_file_ids(engine))[1] == (None, None)


async def test_file_ids_of_an_earlier_version_are_read_and_then_encrypted(
    messages: Dialogue, engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_ids, "BATCH", 2)
    for source in "abcd":
        await add(messages, source, file_id="new")
    async with engine.begin() as connection:
        earlier = update(dialogue).where(dialogue.c.id < 4)
        await connection.execute(earlier.values(file_id="plain", sealed_file_id=None))
    wanted = ["plain", "plain", "plain", "new"]
    assert [message.file_id for message in await messages.of(ANNA)] == wanted

    await file_ids.seal_file_ids(engine, SEAL)
    assert await stored_file_ids(engine) == [(None, file_id) for file_id in wanted]
    assert [message.file_id for message in await messages.of(ANNA)] == wanted


async def test_only_the_first_of_two_changes_from_the_same_state_succeeds(
    messages: Dialogue,
) -> None:
    row = await add(messages, "a")
    first = await messages.change(row, start=[SendState.HELD], state=SendState.CANCELLED)
    second = await messages.change(row, start=[SendState.HELD], state=SendState.SENT)
    assert first is not None
    assert (first.state, first.version) == (SendState.CANCELLED, 2)
    assert second is None


async def test_a_claim_succeeds_once_and_only_after_the_hold(messages: Dialogue) -> None:
    row = await add(messages, "a")
    assert await messages.claim(row, 10_999) is None
    claimed = await messages.claim(row, 11_000)
    assert claimed is not None
    assert claimed.state is SendState.SENDING
    assert await messages.claim(row, 11_001) is None


async def test_a_reply_without_a_due_time_is_never_due(messages: Dialogue) -> None:
    row = await add(messages, "a", due_ms=None)
    message = await messages.by_id(row)
    assert message is not None
    await messages.show_status(message, chat_id=-5, status_message_id=9, due_ms=5)
    assert await messages.due(10**13, 0) == []
    assert await messages.claim(row, 10**13) is None


async def test_an_edit_is_pending_until_it_is_mirrored(messages: Dialogue) -> None:
    row = await sent(messages, "a", 5)
    assert await messages.unmirrored() == []
    await messages.edit(row, "better", None)
    [edited] = await messages.unmirrored()
    assert (edited.text, edited.edits, edited.mirrored) == ("better", 1, 0)
    await messages.change(row, start=[SendState.SENT], mirrored=1)
    assert await messages.unmirrored() == []


async def test_open_dialogues_are_neither_old_nor_closed(messages: Dialogue) -> None:
    await sent(messages, "a", 100, number=1)
    await sent(messages, "b", 200, number=2)
    await sent(messages, "c", 300, number=3)
    assert await messages.open_numbers(ANNA, 50) == [2, 1]
    assert await messages.open_numbers(ANNA, 150) == [2]
    await sent(messages, "d", 400, number=2, kind=MessageKind.CLOSING)
    assert await messages.open_numbers(ANNA, 50) == [1]
    await sent(messages, "e", 500, number=2)
    assert await messages.open_numbers(ANNA, 50) == [2, 1]
    await messages.change(1, start=[SendState.SENT], state=SendState.UNSENT)
    assert await messages.open_numbers(ANNA, 50) == [2]


async def test_a_message_is_found_by_its_message_id_in_either_chat(messages: Dialogue) -> None:
    row = await sent(messages, "a", 5)
    message = await messages.by_id(row)
    assert message is not None
    await messages.show_status(message, chat_id=-5, status_message_id=21, due_ms=5)
    for message_id in (20, 21):
        found = await messages.in_group(-5, message_id)
        assert found is not None
        assert found.id == row
    assert await messages.in_group(-6, 20) is None
    assert await messages.at_customer(ANNA, row + 50) is not None
    assert await messages.at_customer(BORIS, row + 50) is None


async def test_erasing_a_person_erases_their_dialogue(
    messages: Dialogue, engine: AsyncEngine
) -> None:
    await sent(messages, "a", 5, number=1)
    await sent(messages, "b", 5, number=3)
    await Answering(engine).begin(ANNA, 1, 10)
    await PersonalData(engine).erase(ANNA)
    assert [message.number for message in await messages.of(BORIS)] == [3]
    assert await messages.of(ANNA) == []
    assert await Answering(engine).number(ANNA, 5, 100) is None


async def test_a_person_answers_the_last_chosen_review_until_it_expires(
    messages: Dialogue, engine: AsyncEngine
) -> None:
    answering = Answering(engine)
    assert await answering.begin(ANNA, 1, 10)
    assert await answering.begin(ANNA, 2, 20)
    assert await answering.number(ANNA, 19, 100) == 2
    assert await answering.number(ANNA, 20, 100) is None
    assert await answering.number(BORIS, 0, 100) is None
    assert not await answering.begin(BORIS, 99, 10)
    await answering.end(ANNA)
    assert await answering.number(ANNA, 0, 100) is None


async def test_prepared_answers_for_a_class_come_before_those_for_all(engine: AsyncEngine) -> None:
    answers = CannedAnswers(engine, SEAL)
    for class_id, text in ((None, "thanks"), (3, "late"), (4, "cold"), (3, "later")):
        await answers.add(class_id, text)
    assert [a.text for a in await answers.suggested([3], 3)] == ["late", "later", "thanks"]
    assert [a.text for a in await answers.suggested([], 3)] == ["thanks"]
    assert await answers.remove(2)
    assert not await answers.remove(2)
    assert await answers.by_id(3) == CannedAnswer(3, 4, "cold")
    assert [a.id for a in await answers.all()] == [1, 3, 4]
