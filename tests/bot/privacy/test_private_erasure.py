"""A person's words leave the moderators' private chats; copies of files are named."""

import logging

import pytest
from aiogram import Bot
from aiogram.methods import DeleteMessage, EditMessageMedia, EditMessageText, SendMessage
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.archive.desk_messages import QueueCard
from bot.archive.old_reviews import OldReviews
from bot.privacy.private_erasure import PrivateErasure
from tests.bot.fake_telegram import NOT_FOUND, Telegram, blocked, refused
from tests.bot.private_desk.bench import BORIS, OLGA, SAY, PrivateDesk
from tests.bot.samples import SEAL

AUTHOR = 600
TOO_OLD = refused("Bad Request: message can't be deleted for everyone")


@pytest.fixture
def desk(bot: Bot, sqlite_engine: AsyncEngine) -> PrivateDesk:
    return PrivateDesk(bot, sqlite_engine)


# No review of these tests has a higher number.
LAST = 100


@pytest.fixture
def erasure(desk: PrivateDesk) -> PrivateErasure:
    return PrivateErasure(desk.bot, desk.messages, desk.log, SAY)


async def test_lists_and_the_queue_say_that_a_review_was_erased(
    desk: PrivateDesk, erasure: PrivateErasure, telegram: Telegram
) -> None:
    theirs, other = await desk.review(user_id=AUTHOR), await desk.review()
    await desk.messages.record_list(OLGA, 10, [theirs.number, other.number], 5)
    await desk.messages.record_card(BORIS, 11, QueueCard(theirs.number, 3), 5)
    await desk.messages.record_list(OLGA, 12, [other.number], 5)
    await erasure.clear_messages(AUTHOR, LAST)

    edits = telegram.said(EditMessageText)
    assert {(e.chat_id, e.message_id, e.text) for e in edits} == {
        (BORIS, 11, SAY("queue-removed", number=str(theirs.number))),
        (OLGA, 10, SAY("list-removed")),
    }
    assert [e.reply_markup for e in edits] == [None, None]


async def test_a_message_that_cannot_be_edited_is_logged(
    desk: PrivateDesk,
    erasure: PrivateErasure,
    telegram: Telegram,
    caplog: pytest.LogCaptureFixture,
) -> None:
    theirs = await desk.review(user_id=AUTHOR)
    await desk.messages.record_list(OLGA, 10, [theirs.number], 5)
    telegram.next.append(refused(NOT_FOUND))
    with caplog.at_level(logging.WARNING):
        await erasure.clear_messages(AUTHOR, LAST)
    assert "message 10 of the private chat 7" in caplog.text


async def test_an_exported_file_is_deleted_and_the_lead_is_asked_to_delete_copies(
    desk: PrivateDesk, erasure: PrivateErasure, telegram: Telegram
) -> None:
    theirs, other = await desk.review(user_id=AUTHOR), await desk.review()
    for message_id, numbers in ((20, [theirs.number, other.number]), (21, [theirs.number])):
        export_id = await desk.log.begin(numbers, OLGA, 1_700_000_000_000)
        assert export_id is not None
        await desk.log.sent(export_id, message_id)
    await desk.log.begin([other.number], BORIS, 5)
    telegram.next.extend([lambda _: None, TOO_OLD])

    assert await erasure.clear_files(AUTHOR, LAST) == 2
    assert [(d.chat_id, d.message_id) for d in telegram.said(DeleteMessage)] == [
        (OLGA, 20),
        (OLGA, 21),
    ]
    [emptied] = telegram.said(EditMessageMedia)
    assert (emptied.message_id, emptied.media.caption) == (21, SAY("export-erased"))
    [told] = telegram.said(SendMessage)
    assert told.chat_id == OLGA
    times = "2023-11-14 22:13, 2023-11-14 22:13"
    assert told.text == SAY("export-erased-copies", count=2, times=times)


async def test_a_lead_who_blocked_the_bot_does_not_stop_the_files_of_others(
    desk: PrivateDesk, erasure: PrivateErasure, telegram: Telegram
) -> None:
    old = await desk.review()
    for lead in (OLGA, BORIS):
        export_id = await desk.log.begin([old.number], lead, 5)
        assert export_id is not None
        await desk.log.sent(export_id, 20)
    await OldReviews(desk.engine, SEAL).expire([old.number], 7)
    telegram.next.extend([TOO_OLD, blocked])  # Telegram refuses the deletion first
    await erasure.clear_expired(9)
    assert [call.chat_id for call in telegram.said(DeleteMessage)] == [OLGA, BORIS]


async def test_command_line_exports_and_unconfirmed_files_are_counted(
    desk: PrivateDesk,
    erasure: PrivateErasure,
    telegram: Telegram,
    caplog: pytest.LogCaptureFixture,
) -> None:
    theirs = await desk.review(user_id=AUTHOR)
    await desk.log.begin([theirs.number], None, 1_700_000_000_000)
    await desk.log.begin([theirs.number], OLGA, 5)
    telegram.next.append(blocked)
    with caplog.at_level(logging.WARNING):
        assert await erasure.clear_files(AUTHOR, LAST) == 2
    assert "exported at 2023-11-14 22:13 contains an erased review" in caplog.text
    assert "could not be asked" in caplog.text


async def test_expired_texts_are_removed_from_private_chats(
    desk: PrivateDesk, erasure: PrivateErasure, telegram: Telegram
) -> None:
    old, young = await desk.review(), await desk.review()
    await desk.messages.record_list(OLGA, 10, [old.number, young.number], 5)
    await desk.messages.record_card(BORIS, 11, QueueCard(old.number, 3), 5)
    await desk.messages.record_list(OLGA, 12, [young.number], 5)
    export_id = await desk.log.begin([old.number, young.number], OLGA, 5)
    assert export_id is not None
    await desk.log.sent(export_id, 20)
    assert not await erasure.clear_expired(9)
    await OldReviews(desk.engine, SEAL).expire([old.number], 7)

    assert await erasure.clear_expired(9)
    one = SAY("card-expired", number=str(old.number))
    assert {(e.message_id, e.text) for e in telegram.said(EditMessageText)} == {
        (10, SAY("list-expired")),
        (11, one),
    }
    assert [call.message_id for call in telegram.said(DeleteMessage)] == [20]
    assert not await erasure.clear_expired(9)
    assert await desk.messages.shown(OLGA, 12) == {young.number}
    [file] = await desk.log.with_reviews_of(old.user_id)
    assert file.message_id is None  # its copies can still be named
