import asyncio
from dataclasses import replace
from uuid import uuid4

import pytest
from aiogram.methods import (
    EditMessageMedia,
    EditMessageText,
    SendMessage,
    SendPhoto,
)

from bot.clock import now_ms
from bot.delivery.after_answer import LATE_AFTER_MS, is_late
from bot.form.callbacks import Picture
from tests.bot.eventually import eventually, running
from tests.bot.fake_telegram import NOT_MODIFIED, Telegram, blocked, refused
from tests.bot.post import CHART, Post, caption, picture_of
from tests.bot.samples import TAXONOMY, TEXTS, failed, new, outcome
from triage.review import Language


@pytest.mark.parametrize("language", ["ru", "en"])
async def test_the_answer_replaces_the_receipt_in_the_customers_language(
    post: Post, telegram: Telegram, language: Language
) -> None:
    review = await post.accepted(new(accepted_ms=now_ms(), language=language))
    await post.deliver(outcome(review.review_id))
    [edit] = telegram.calls
    assert isinstance(edit, EditMessageMedia)
    assert (edit.chat_id, edit.message_id) == (review.chat_id, review.message_id)
    assert picture_of(edit) == CHART
    review = await post.again(review)
    assert edit.media.caption == caption(review, language)
    assert review.answered_ms is not None
    assert review.chart_file_id == "large-1"
    assert edit.reply_markup is not None
    data = edit.reply_markup.inline_keyboard[0][0].callback_data or ""
    assert Picture.unpack(data) == Picture(number=review.number, every_class=True)
    assert post.painter.drawn == []


async def test_an_answer_that_is_already_shown_counts_as_given(
    post: Post, telegram: Telegram
) -> None:
    review = await post.accepted()
    await post.reviews.keep_picture(review.number, every_class=False, file_id="earlier")
    telegram.next.append(refused(NOT_MODIFIED))
    await post.deliver(outcome(review.review_id))
    review = await post.again(review)
    assert review.answered_ms is not None
    assert (review.undelivered, review.chart_file_id) == (None, "earlier")
    assert len(telegram.calls) == 1


async def test_if_the_customer_blocked_the_bot_the_moderators_still_get_a_card(
    post: Post, telegram: Telegram
) -> None:
    review = await post.accepted()
    telegram.next.append(blocked)
    async with running(post.card_sender.run()):
        await asyncio.sleep(0)
        await post.deliver(outcome(review.review_id))

        async def has_card() -> bool:
            return (await post.again(review)).carded_ms is not None

        await eventually(has_card, within_s=5)
    review = await post.again(review)
    assert review.undelivered == "Forbidden: bot was blocked by the user"
    edit, card = telegram.calls
    assert isinstance(card, SendPhoto)
    assert (card.chat_id, isinstance(edit, EditMessageMedia)) == (-5, True)


async def test_a_repeated_outcome_is_answered_once(post: Post, telegram: Telegram) -> None:
    review = await post.accepted()
    told = outcome(review.review_id)
    await post.deliver(told, told)
    await post.deliver(told, outcome(review.review_id, (5,)))
    assert len(telegram.calls) == 1


async def test_concurrent_answer_calls_give_one_answer(post: Post, telegram: Telegram) -> None:
    review = await post.accepted()
    await post.reviews.record(review.number, outcome(review.review_id), 5)
    await asyncio.gather(*(post.answers.answer(review.number) for _ in range(10)))
    await post.answers.answer(review.number)
    assert len(telegram.calls) == 1


async def test_a_chart_of_another_outcome_is_not_shown(post: Post, telegram: Telegram) -> None:
    review = await post.accepted()
    await post.reviews.record(review.number, outcome(review.review_id, (3,)), 5)
    await post.deliver(outcome(review.review_id, (5,)), chart=b"the chart of class 5")
    [edit] = telegram.said(EditMessageMedia)
    assert picture_of(edit) == b"draw_answer ru"
    assert TAXONOMY.title(3, "ru") in edit.media.caption
    assert TAXONOMY.title(5, "ru") not in edit.media.caption


async def test_a_late_answer_sends_one_notice_as_a_reply_to_itself(
    post: Post, telegram: Telegram
) -> None:
    review = await post.accepted(new(accepted_ms=now_ms() - LATE_AFTER_MS - 1))
    told = outcome(review.review_id)
    await post.deliver(told, told)
    edit, bell = telegram.calls
    assert isinstance(edit, EditMessageMedia)
    assert isinstance(bell, SendMessage)
    assert bell.text == TEXTS["ru"]("answer-late", number=str(review.number))
    assert bell.reply_parameters is not None
    assert bell.reply_parameters.message_id == review.message_id


async def test_a_delay_is_shown_in_the_receipt_until_the_answer_arrives(
    post: Post, telegram: Telegram
) -> None:
    review = await post.accepted()
    await post.answers.delay(review.number)
    [edit] = telegram.calls
    assert isinstance(edit, EditMessageText)
    assert edit.message_id == review.message_id
    assert TEXTS["ru"]("receipt-delayed", number=str(review.number)) in (edit.text or "")
    await post.deliver(outcome(review.review_id))
    await post.answers.delay(review.number)
    assert isinstance(telegram.calls[-1], EditMessageMedia)


async def test_a_delay_notice_does_not_overwrite_an_answer_that_is_being_sent(
    post: Post, telegram: Telegram
) -> None:
    review = await post.accepted()
    await post.reviews.record(review.number, failed(review.review_id), 5)
    arrives = telegram.slow[review.chat_id] = asyncio.Event()
    answering = asyncio.create_task(post.answers.answer(review.number))

    async def on_its_way() -> bool:
        return len(telegram.calls) == 1

    await eventually(on_its_way)
    await post.answers.delay(review.number)
    arrives.set()
    await answering
    [edit] = telegram.said(EditMessageText)
    assert edit.text == caption(await post.again(review))


async def test_an_answer_in_time_sends_no_notice(post: Post, telegram: Telegram) -> None:
    review = await post.accepted(new(accepted_ms=now_ms() - LATE_AFTER_MS + 20_000))
    await post.deliver(outcome(review.review_id))
    assert telegram.said(SendMessage) == []


async def test_an_outcome_of_an_unknown_review_is_acknowledged(
    post: Post, telegram: Telegram
) -> None:
    await post.deliver(outcome(uuid4()))
    assert telegram.calls == []


async def test_after_a_failed_outcome_the_answer_says_that_a_person_will_read_it(
    post: Post, telegram: Telegram
) -> None:
    review = await post.accepted()
    await post.deliver(failed(review.review_id), chart=b"")
    [edit] = telegram.calls
    assert isinstance(edit, EditMessageText)
    assert edit.text == caption(review)
    assert edit.reply_markup is None
    assert (await post.again(review)).answered_ms is not None


async def test_an_outcome_with_unknown_classes_is_not_shown(post: Post, telegram: Telegram) -> None:
    """A worker with another file of classes: its chart would say what the words do not."""
    few, foreign = await post.accepted(), await post.accepted()
    told = outcome(foreign.review_id)
    assert told.decision is not None
    unknown = replace(told.decision, classes=(999,))
    await post.deliver(
        outcome(few.review_id, probabilities=(0.5, 0.5)),
        told.model_copy(update={"decision": unknown}),
    )
    assert [type(call) for call in telegram.calls] == [EditMessageText] * 2
    for review in (few, foreign):
        known = (await post.again(review)).answer
        assert known is not None
        assert "are not those of the bot" in (known.error or "")


@pytest.mark.parametrize(
    ("took_s", "late"), [(3, False), (60, False), (61, True), (-2, False), (-3600, True)]
)
def test_an_answer_is_late_after_a_minute_or_if_the_clock_was_set_back(
    took_s: int, late: bool
) -> None:
    assert is_late(accepted_ms=10_000_000, now_ms=10_000_000 + took_s * 1000) is late
