"""What Telegram does not let a bot delete is emptied, and what it cannot edit is named."""

import pytest
from aiogram import Bot
from aiogram.methods import DeleteMessage, EditMessageMedia, EditMessageText, SendMessage
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.archive.dialogue_records import Direction, MessageKind, SendState
from bot.archive.photo_store import PhotoStore
from bot.dialogue.dialogue_erasure import DialogueErasure
from bot.dialogue.group_post import GroupPost
from tests.bot.dialogue.replies import CUSTOMER, Replies
from tests.bot.fake_telegram import Reaction, Telegram, blocked, refused
from tests.bot.group import GROUP, set_group
from tests.bot.samples import SEAL, TEXTS

TOO_OLD = refused("Bad Request: message can't be deleted for everyone")
GONE = refused("Bad Request: message to delete not found")

OLGA = 7

# No review of these tests has a higher number.
LAST = 100


@pytest.fixture
def replies(bot: Bot, sqlite_engine: AsyncEngine) -> Replies:
    return Replies(bot, sqlite_engine)


@pytest.fixture
def erasure(bot: Bot, replies: Replies) -> DialogueErasure:
    post = GroupPost(bot, set_group(), replies.recent_writes, paced=False)
    photos = PhotoStore(replies.reviews._engine, SEAL)
    return DialogueErasure(bot, replies.dialogue, photos, post, TEXTS, TEXTS["ru"])


async def sent_reply(replies: Replies, *, file_id: str | None = None) -> None:
    """Leave a moderator's message (20), its status (101) and the customer's copy (30)."""
    message = await replies.held(file_id=file_id)
    sent = {"state": SendState.SENT, "customer_message_id": 30}
    await replies.dialogue.change(message.id, start=[SendState.HELD], **sent)


async def shown_answer(replies: Replies, file_id: str | None) -> None:
    """Leave a customer's answer (40), shown by the bot in the group (50)."""
    message = await replies.held(
        shown=False,
        direction=Direction.IN,
        kind=MessageKind.PHOTO if file_id else MessageKind.TEXT,
        file_id=file_id,
        group_message_id=50,
        customer_message_id=40,
    )
    await replies.dialogue.change(message.id, start=[SendState.HELD], state=SendState.SENT)


async def test_everything_is_deleted_while_telegram_allows_it(
    erasure: DialogueErasure, replies: Replies, telegram: Telegram
) -> None:
    await sent_reply(replies)
    assert await erasure.clear(CUSTOMER, LAST, "en") == 0
    deleted = {(call.chat_id, call.message_id) for call in telegram.said(DeleteMessage)}
    assert deleted == {(GROUP, 20), (GROUP, 101), (CUSTOMER, 30)}
    assert not telegram.said(SendMessage)


async def test_old_messages_of_the_bot_are_replaced_by_a_notice_in_their_language(
    erasure: DialogueErasure, replies: Replies, telegram: Telegram
) -> None:
    await sent_reply(replies)
    for reaction in (GONE, TOO_OLD, _fine, TOO_OLD):
        telegram.next.append(reaction)
    assert await erasure.clear(CUSTOMER, LAST, "en") == 0
    assert [(e.message_id, e.text) for e in telegram.said(EditMessageText)] == [
        (101, "Удалено по просьбе автора отзыва."),
        (30, "Erased, as the author of the review asked."),
    ]


def _fine(_: object) -> None:
    """Accept the call."""


async def test_a_person_who_blocked_the_bot_does_not_stop_the_erasure(
    erasure: DialogueErasure, replies: Replies, telegram: Telegram
) -> None:
    await sent_reply(replies)
    telegram.next.extend([_fine, _fine, TOO_OLD, blocked])
    assert await erasure.clear(CUSTOMER, LAST, "en") == 0


async def test_an_old_photo_is_replaced(
    erasure: DialogueErasure, replies: Replies, telegram: Telegram
) -> None:
    await shown_answer(replies, "photo")
    telegram.next.append(TOO_OLD)
    assert await erasure.clear(CUSTOMER, LAST, "ru") == 0
    [edit] = telegram.said(EditMessageMedia)
    assert (edit.chat_id, edit.message_id, edit.media.type) == (GROUP, 50, "document")


@pytest.mark.parametrize("reaction", [TOO_OLD, blocked])
async def test_moderators_are_asked_to_delete_a_message_that_the_bot_cannot_delete(
    reaction: Reaction, erasure: DialogueErasure, replies: Replies, telegram: Telegram
) -> None:
    await sent_reply(replies)
    telegram.next.append(reaction)
    assert await erasure.clear(CUSTOMER, LAST, "ru") == 1
    [asked] = telegram.said(SendMessage)
    assert asked.chat_id == GROUP
    assert "1 сообщение" in asked.text


async def in_private(replies: Replies, message_id: int) -> None:
    """Leave a reply from Olga's private chat."""
    await replies.held(
        shown=False,
        source=f"group:{OLGA}:{message_id}",
        group_chat_id=OLGA,
        group_message_id=message_id,
    )


async def test_a_moderator_is_asked_in_their_private_chat_about_each_message_there(
    erasure: DialogueErasure, replies: Replies, telegram: Telegram
) -> None:
    for message_id in (60, 61):
        await in_private(replies, message_id)
    telegram.next.extend([TOO_OLD, TOO_OLD])
    assert await erasure.clear(CUSTOMER, LAST, "ru") == 2
    asked = telegram.said(SendMessage)
    assert [(call.chat_id, call.reply_parameters.message_id) for call in asked] == [
        (OLGA, 60),
        (OLGA, 61),
    ]
    assert {call.text for call in asked} == {TEXTS["ru"]("dialogue-out-of-reach-here")}


async def test_the_group_is_asked_only_about_the_messages_in_it(
    erasure: DialogueErasure, replies: Replies, telegram: Telegram
) -> None:
    await sent_reply(replies)
    await in_private(replies, 60)
    telegram.next.extend([TOO_OLD, _fine, _fine, blocked, blocked])  # Olga blocked the bot
    assert await erasure.clear(CUSTOMER, LAST, "ru") == 2
    [_, asked] = telegram.said(SendMessage)
    assert asked.chat_id == GROUP
    assert "1 сообщение в этой группе" in asked.text


async def test_an_old_list_of_prepared_answers_is_emptied_once(
    erasure: DialogueErasure, replies: Replies, telegram: Telegram
) -> None:
    for answer in (1, 2):
        await replies.held(shown=False, source=f"canned:{GROUP}:70:{answer}", group_message_id=70)
    telegram.next.append(TOO_OLD)
    assert await erasure.clear(CUSTOMER, LAST, "ru") == 0
    [edit] = telegram.said(EditMessageText)
    assert (edit.message_id, edit.text) == (70, "Удалено по просьбе автора отзыва.")
    assert not telegram.said(SendMessage)


async def test_a_customer_who_blocked_the_bot_keeps_their_own_copy(
    erasure: DialogueErasure, replies: Replies, telegram: Telegram
) -> None:
    await sent_reply(replies)
    for reaction in (_fine, _fine, blocked):
        telegram.next.append(reaction)
    assert await erasure.clear(CUSTOMER, LAST, "ru") == 0


async def test_the_customer_s_own_messages_are_not_deleted(
    erasure: DialogueErasure, replies: Replies, telegram: Telegram
) -> None:
    await shown_answer(replies, None)
    await erasure.clear(CUSTOMER, LAST, "ru")
    assert [call.message_id for call in telegram.said(DeleteMessage)] == [50]


async def test_a_message_sent_during_the_erasure_is_also_deleted(
    erasure: DialogueErasure, replies: Replies, telegram: Telegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sent_reply(replies)
    of, late = replies.dialogue.of, []

    async def meanwhile(user_id: int) -> list[object]:
        found = await of(user_id)
        if not late:
            late.append(True)
            await shown_answer_late(replies)
        return list(found)

    monkeypatch.setattr("bot.archive.dialogue.Dialogue.of", lambda _, user_id: meanwhile(user_id))
    await erasure.clear(CUSTOMER, LAST, "ru")
    assert 50 in {call.message_id for call in telegram.said(DeleteMessage)}


async def shown_answer_late(replies: Replies) -> None:
    message = await replies.held(
        shown=False, direction=Direction.IN, source="late", group_message_id=50
    )
    await replies.dialogue.change(message.id, start=[SendState.HELD], state=SendState.SENT)
