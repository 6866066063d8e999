"""Old words leave the group too, in rounds that can be interrupted and repeated."""

from dataclasses import replace
from typing import Any

import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramMigrateToChat, TelegramNetworkError
from aiogram.methods import (
    DeleteEphemeralMessage,
    DeleteMessage,
    EditMessageCaption,
    EditMessageMedia,
    EditMessageText,
)
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.archive.desk_messages import DeskMessages
from bot.archive.desk_records import PanelPlace
from bot.archive.dialogue import Dialogue
from bot.archive.dialogue_records import Direction, MessageKind, SendState
from bot.archive.draft_store import DraftStore
from bot.archive.export_log import ExportLog
from bot.archive.old_reviews import OldReviews
from bot.archive.photo_store import PhotoStore
from bot.archive.reviews import Reviews
from bot.dialogue.dialogue_erasure import DialogueErasure
from bot.dialogue.group_post import GroupPost
from bot.leases import Leases
from bot.privacy import retention
from bot.privacy.private_erasure import PrivateErasure
from bot.privacy.retention import DAY_MS, Retention
from tests.bot.dialogue.replies import REPLY
from tests.bot.fake_telegram import NOT_FOUND, Telegram, blocked, cut_off, refused, yes
from tests.bot.group import not_counted, set_group
from tests.bot.samples import SEAL, TAXONOMY, TEXTS, new, outcome
from triage.queue.limits import DEAD
from triage.queue.messages import Codec, Job
from triage.queue.streams import Connections

pytestmark = pytest.mark.redis

TOO_OLD = refused("Bad Request: message can't be deleted for everyone")
GROUP, NOW = -5, 100 * DAY_MS
CARD = "Текст отзыва № {} удалён: истёк срок хранения."
NO_CAPTION = "Bad Request: there is no caption in the message to edit"


@pytest.fixture
def old(sqlite_engine: AsyncEngine) -> OldReviews:
    return OldReviews(sqlite_engine, SEAL)


@pytest.fixture
def keeper(bot: Bot, reviews: Reviews, old: OldReviews, real_connections: Connections) -> Retention:
    leases = Leases(real_connections.commands)
    say, photos = TEXTS["ru"], PhotoStore(reviews._engine, SEAL)
    post = GroupPost(bot, set_group(), not_counted, paced=False)
    dialogue = DialogueErasure(bot, Dialogue(reviews._engine, SEAL), photos, post, TEXTS, say)
    private = PrivateErasure(bot, DeskMessages(reviews._engine), ExportLog(reviews._engine), say)
    return Retention(
        bot,
        old,
        reviews,
        real_connections,
        SEAL,
        TAXONOMY,
        say,
        leases,
        dialogue,
        private,
        days=30,
    )


async def shown(reviews: Reviews, message_id: int, *ages_days: int) -> list[int]:
    """Show answered reviews of these ages in one message; return their numbers."""
    numbers = []
    for days in ages_days:
        review = await reviews.accept(new(accepted_ms=NOW - days * DAY_MS))
        await reviews.record(review.number, outcome(review.review_id), NOW)
        await reviews.answered(review.number, NOW, "chart")
        numbers.append(review.number)
    await reviews.record_card(
        numbers, chat_id=GROUP, message_id=message_id, digest=len(numbers) > 1, now_ms=NOW
    )
    return numbers


async def test_an_expired_card_says_that_the_text_was_deleted_and_why(
    keeper: Retention, reviews: Reviews, telegram: Telegram
) -> None:
    [number] = await shown(reviews, 10, 31)
    await shown(reviews, 11, 29)
    await keeper.round(NOW)

    [edit] = telegram.calls
    assert isinstance(edit, EditMessageCaption)
    assert (edit.message_id, edit.caption) == (10, CARD.format(number))
    assert not await keeper.round(NOW)
    assert len(telegram.calls) == 1


async def test_panels_of_moderators_also_lose_the_expired_text(
    keeper: Retention, reviews: Reviews, old: OldReviews, telegram: Telegram
) -> None:
    [number] = await shown(reviews, 10, 31)
    drafts = DraftStore(reviews._engine)
    for place in (PanelPlace(7, 20), PanelPlace(GROUP, 21, receiver_id=7)):
        await drafts.record_panel(place, number, NOW)
    telegram.next.extend([yes, refused(NO_CAPTION)])  # the card, the panel that has no caption
    await keeper.round(NOW)

    [edit] = telegram.said(EditMessageText)
    assert (edit.chat_id, edit.message_id, edit.text) == (7, 20, CARD.format(number))
    [deleted] = telegram.said(DeleteEphemeralMessage)
    assert (deleted.receiver_user_id, deleted.ephemeral_message_id) == (7, 21)
    assert await old.copies(10) == []


async def test_a_digest_retains_the_younger_reviews(
    keeper: Retention, reviews: Reviews, telegram: Telegram
) -> None:
    _, young, _ = await shown(reviews, 10, 31, 3, 40)
    telegram.next.append(refused(NO_CAPTION))
    await keeper.round(NOW)

    [edit] = telegram.said(EditMessageText)
    assert f"/r{young} " in edit.text
    assert edit.text.count("/r") == 1
    assert edit.text.endswith("Ещё 2 отзыва удалены: истёк срок хранения.")


async def test_a_deleted_message_is_not_retried(
    keeper: Retention, reviews: Reviews, old: OldReviews, telegram: Telegram
) -> None:
    await shown(reviews, 10, 31)
    telegram.next.append(refused(NOT_FOUND))
    await keeper.round(NOW)
    assert await old.copies(10) == []


async def test_a_card_of_a_group_that_became_a_supergroup_does_not_stop_later_cards(
    keeper: Retention, reviews: Reviews, old: OldReviews, telegram: Telegram
) -> None:
    for message_id in (10, 11):
        await shown(reviews, message_id, 31)
    telegram.next.append(lambda method: TelegramMigrateToChat(method, "upgraded", -1005))
    await keeper.round(NOW)
    assert [call.message_id for call in telegram.said(EditMessageCaption)] == [10, 11]
    assert await old.copies(10) == []


async def test_an_interrupted_round_is_completed_by_a_later_one(
    keeper: Retention, reviews: Reviews, old: OldReviews, telegram: Telegram
) -> None:
    [number] = await shown(reviews, 10, 31)
    telegram.next.append(cut_off)
    with pytest.raises(TelegramNetworkError):
        await keeper.round(NOW)
    found = await reviews.by_number(number)
    assert found is not None
    assert found.is_expired

    await keeper.round(NOW)
    assert [call.caption for call in telegram.said(EditMessageCaption)][-1] == CARD.format(number)
    assert await old.copies(10) == []


async def test_a_round_handles_a_limited_number_of_reviews_and_messages(
    keeper: Retention, reviews: Reviews, telegram: Telegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "BATCH", 3)
    monkeypatch.setattr(retention, "MESSAGES", 2)
    numbers = [(await shown(reviews, 10 + n, 31))[0] for n in range(5)]
    assert await keeper.round(NOW), "there is more"
    states = [await reviews.by_number(number) for number in numbers]
    assert [bool(review and review.is_expired) for review in states] == [True] * 3 + [False] * 2
    assert len(telegram.calls) == 2
    while await keeper.round(NOW):
        pass
    assert len(telegram.calls) == 5


async def test_the_dead_letter_of_an_old_review_is_deleted(
    keeper: Retention, reviews: Reviews, real_connections: Connections
) -> None:
    [old_one] = await shown(reviews, 10, 31)
    [young] = await shown(reviews, 11, 3)
    for number in (old_one, young):
        review = await reviews.by_number(number)
        assert review is not None
        sealed = {"sealed": Codec(Job, SEAL).encode(review.job())}
        await real_connections.commands.xadd(DEAD, sealed)
    await keeper.round(NOW)
    assert await real_connections.commands.xlen(DEAD) == 1


async def written(keeper: Retention, number: int, message_id: int, **changes: Any) -> int:
    """Store an old answer of a customer that the group shows; return its row."""
    answer = {"direction": Direction.IN, "state": SendState.SENT, "source": f"m{message_id}"}
    where = {"group_chat_id": GROUP, "group_message_id": message_id, "customer_message_id": 40}
    created_ms = NOW - 31 * DAY_MS
    values = {"number": number, "created_ms": created_ms, **answer, **where, **changes}
    stored = await keeper.dialogue.dialogue.add(replace(REPLY, **values))
    assert stored is not None
    return stored.id


async def rows(keeper: Retention, *known: int) -> list[int]:
    """Return which of the rows are still stored."""
    return [row for row in known if await keeper.dialogue.dialogue.by_id(row) is not None]


async def test_customers_answers_are_deleted_from_the_group_before_their_rows(
    keeper: Retention, reviews: Reviews, telegram: Telegram
) -> None:
    [old_one] = await shown(reviews, 10, 31)
    [young] = await shown(reviews, 11, 3)
    answer = await written(keeper, old_one, 50)
    photo = await written(keeper, old_one, 51, kind=MessageKind.PHOTO, file_id="photo")
    late = await written(keeper, old_one, 52, created_ms=NOW)
    other = await written(keeper, young, 53)
    telegram.next.extend([yes, TOO_OLD, yes, TOO_OLD, yes])  # the card, then each answer
    assert await keeper.round(NOW), "there may be more messages"

    [text] = telegram.said(EditMessageText)
    assert (text.message_id, text.text) == (50, "Сообщение удалено: срок хранения истёк.")
    [media] = telegram.said(EditMessageMedia)
    assert media.message_id == 51
    assert {call.message_id for call in telegram.said(DeleteMessage)} == {50, 51}
    assert await rows(keeper, answer, photo, late, other) == [late, other]
    assert not await keeper.round(NOW)


async def test_a_reply_and_its_status_are_deleted_from_the_group_only(
    keeper: Retention, reviews: Reviews, telegram: Telegram
) -> None:
    [number] = await shown(reviews, 10, 31)
    row = await written(keeper, number, 50, direction=Direction.OUT)
    stored = await keeper.dialogue.dialogue.by_id(row)
    assert stored is not None
    await keeper.dialogue.dialogue.show_status(
        stored, chat_id=GROUP, status_message_id=51, due_ms=1
    )
    await keeper.round(NOW)
    deleted = {(call.chat_id, call.message_id) for call in telegram.said(DeleteMessage)}
    assert deleted == {(GROUP, 50), (GROUP, 51)}, "the customer's own chat stays"
    assert await rows(keeper, row) == []


async def test_an_answer_stays_known_until_it_is_cleared(
    keeper: Retention, reviews: Reviews, telegram: Telegram
) -> None:
    [number] = await shown(reviews, 10, 31)
    first, second = await written(keeper, number, 50), await written(keeper, number, 51)
    telegram.next.extend([yes, yes, cut_off])  # the card, the first answer, the second
    with pytest.raises(TelegramNetworkError):
        await keeper.round(NOW)
    assert await rows(keeper, first, second) == [second]
    await keeper.round(NOW)
    assert telegram.said(DeleteMessage)[-1].message_id == 51
    assert await rows(keeper, second) == []


async def test_a_chat_that_refuses_does_not_keep_the_answers_of_others(
    keeper: Retention, reviews: Reviews, telegram: Telegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "MESSAGES", 2)
    [number] = await shown(reviews, 10, 31)
    lost = [await written(keeper, number, 50 + n, group_chat_id=-6) for n in range(2)]
    other = await written(keeper, number, 60)
    telegram.next.extend([yes, blocked, TOO_OLD, blocked])  # the card, then the left group
    while await keeper.round(NOW):
        pass
    assert await rows(keeper, *lost, other) == []
    assert telegram.said(DeleteMessage)[-1].message_id == 60


async def test_photos_of_old_reviews_are_deleted_from_the_group_and_the_archive(
    keeper: Retention, reviews: Reviews, telegram: Telegram
) -> None:
    review = await reviews.accept(new(accepted_ms=NOW - 31 * DAY_MS, photos=("a", "unseen")))
    await reviews.record(review.number, outcome(review.review_id), NOW)
    await reviews.answered(review.number, NOW, "chart")
    where = {"chat_id": GROUP, "message_id": 10}
    await reviews.record_card([review.number], **where, digest=False, now_ms=NOW)
    [album] = await keeper.dialogue.photos.waiting(GROUP)
    await keeper.dialogue.photos.shown(album.ids[0], GROUP, 11, NOW)
    assert await keeper.round(NOW), "there may be more photos"

    [gone] = telegram.said(DeleteMessage)
    assert gone.message_id == 11
    assert await keeper.dialogue.photos.count(review.number) == 0
    assert not await keeper.round(NOW)
