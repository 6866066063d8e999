"""A chat that refuses the bot does not stop the messages in other chats."""

import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramForbiddenError
from aiogram.methods import DeleteMessage, EditMessageText, SendMessage
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.archive.card_places import CardPlaces
from bot.archive.desk_records import CaseState
from bot.archive.dialogue_records import DialogueMessage, Direction, SendState
from bot.clock import now_ms
from bot.dialogue.answer_bringer import AnswerBringer
from bot.dialogue.case_turns import CaseTurns
from bot.dialogue.group_post import GroupPost
from tests.bot.dialogue.replies import Replies
from tests.bot.fake_telegram import Reaction, Telegram, blocked, refused
from tests.bot.group import GROUP, set_group
from tests.bot.samples import TEXTS

# A moderator's private chat with the bot, and a group that was replaced by another.
PRIVATE, OLD_GROUP = 7, -4
LOST = [(PRIVATE, blocked), (OLD_GROUP, blocked), (OLD_GROUP, refused("chat not found"))]


@pytest.fixture
def replies(bot: Bot, sqlite_engine: AsyncEngine) -> Replies:
    return Replies(bot, sqlite_engine)


async def sent(replies: Replies, chat_id: int) -> DialogueMessage:
    """Return a delivered reply whose status in the chat still shows the hold."""
    message = await replies.held(
        shown=False, source=f"group:{chat_id}:1", group_chat_id=chat_id, group_message_id=1
    )
    await replies.dialogue.show_status(message, chat_id=chat_id, status_message_id=9, due_ms=0)
    values = {"state": SendState.SENT, "sent_ms": now_ms()}
    changed = await replies.dialogue.change(message.id, start=[SendState.HELD], **values)
    assert changed is not None
    return changed


async def unshown(replies: Replies, chat_id: int) -> DialogueMessage:
    """Return a reply whose hold was not shown yet."""
    return await replies.held(
        shown=False, source=f"group:{chat_id}:2", group_chat_id=chat_id, group_message_id=2
    )


@pytest.mark.parametrize(("chat_id", "reaction"), LOST)
async def test_a_tick_that_a_chat_refuses_does_not_stop_later_ticks(
    chat_id: int, reaction: Reaction, replies: Replies, telegram: Telegram
) -> None:
    telegram.refusing[chat_id] = reaction
    first, second = await sent(replies, chat_id), await sent(replies, GROUP)
    duty = replies.status()
    await duty.round()
    await duty.round()
    edits = [(e.chat_id, e.text[:1]) for e in telegram.said(EditMessageText)]
    assert edits == [(chat_id, "✓"), (GROUP, "✓")]
    for message in (first, second):
        after = await replies.again(message)
        assert after.told == after.version
    assert (await replies.cases.case(1)).state is CaseState.WAITING_CUSTOMER


@pytest.mark.parametrize(("chat_id", "reaction"), LOST)
async def test_an_old_status_that_a_chat_refuses_does_not_stop_later_deletions(
    chat_id: int, reaction: Reaction, replies: Replies, telegram: Telegram
) -> None:
    for place in (chat_id, GROUP):
        message = await sent(replies, place)
        await replies.dialogue.told(message.id, message.version)
    telegram.refusing[chat_id] = reaction
    await replies.status().round()
    await replies.status().round()
    assert [call.chat_id for call in telegram.said(DeleteMessage)] == [chat_id, GROUP]


@pytest.mark.parametrize(("chat_id", "reaction"), LOST)
async def test_a_reply_whose_hold_a_chat_refuses_fails_and_the_group_learns_it(
    chat_id: int, reaction: Reaction, replies: Replies, telegram: Telegram
) -> None:
    telegram.refusing[chat_id] = reaction
    lost, later = await unshown(replies, chat_id), await unshown(replies, GROUP)
    await replies.status().round()
    assert (await replies.again(lost)).state is SendState.FAILED
    assert (await replies.again(later)).status_message_id is not None
    told = [call.text for call in telegram.said(SendMessage) if call.chat_id == GROUP]
    assert told[0].startswith("✗ Не доставлено автору отзыва № 1: не удалось показать")
    assert "Уйдёт автору отзыва № 1" in told[1]

    await replies.status().round()
    assert len(telegram.said(SendMessage)) == 3, "once for each"


async def test_a_moderator_who_unblocked_the_bot_sends_the_reply_by_an_edit(
    replies: Replies, telegram: Telegram
) -> None:
    telegram.refusing[PRIVATE] = blocked
    message = await unshown(replies, PRIVATE)
    await replies.status().show(message)
    telegram.refusing.clear()
    held = {"state": SendState.HELD, "due_ms": now_ms()}
    again = await replies.dialogue.change(message.id, start=[SendState.FAILED], **held)
    assert again is not None
    await replies.status().show(again)
    assert "Уйдёт автору отзыва № 1" in telegram.said(SendMessage)[-1].text
    assert telegram.said(SendMessage)[-1].chat_id == PRIVATE


async def test_while_the_group_refuses_everything_other_chats_get_their_ticks(
    replies: Replies, telegram: Telegram
) -> None:
    telegram.refusing[GROUP] = blocked
    lost, private = await unshown(replies, GROUP), await sent(replies, PRIVATE)
    with pytest.raises(TelegramForbiddenError):  # so that the duty pauses
        await replies.status().round()
    assert [e.chat_id for e in telegram.said(EditMessageText)] == [PRIVATE]
    assert (await replies.again(private)).told == private.version

    telegram.refusing.clear()
    await replies.status().round()
    shown = await replies.again(lost)
    assert (shown.state, shown.told) == (SendState.FAILED, shown.version)
    assert telegram.said(SendMessage)[-1].text.startswith("✗ Не доставлено")


async def test_the_edit_of_an_answer_that_an_old_group_refuses_does_not_stop_later_edits(
    replies: Replies, telegram: Telegram
) -> None:
    for place in (OLD_GROUP, GROUP):
        message = await replies.held(
            shown=False,
            direction=Direction.IN,
            state=SendState.SENT,
            source=f"customer:{place}",
            group_chat_id=place,
            group_message_id=3,
        )
        await replies.dialogue.edit(message.id, "Исправлено", None)
    telegram.refusing[OLD_GROUP] = blocked
    post = GroupPost(replies.bot, set_group(), replies.recent_writes, paced=False)
    bringer = AnswerBringer(
        replies.bot,
        replies.dialogue,
        replies.reviews,
        CardPlaces(replies.reviews._engine),
        CaseTurns(replies.cases),
        post,
        TEXTS,
        TEXTS["ru"],
    )
    await bringer.round()
    await bringer.round()
    assert [e.chat_id for e in telegram.said(EditMessageText)] == [OLD_GROUP, GROUP]
