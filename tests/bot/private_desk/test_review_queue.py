"""The queue of /unsure: who gets which review, and what is stored."""

import asyncio

import pytest
from aiogram.methods import DeleteMessage, EditMessageText, SendMessage

from bot.archive import queue_store
from bot.archive.desk_messages import QueueCard
from bot.archive.personal_data import PersonalData
from bot.archive.records import Review
from bot.clock import now_ms
from bot.desk.case_desk import Doer
from bot.desk.cases import Act
from bot.desk.desk_taps import DeskButton, DeskTap, parse_tap
from bot.desk.panel import top_screen
from bot.private_desk.queue_screen import queue_page
from tests.bot.fake_telegram import NOT_FOUND, Telegram, refused
from tests.bot.private_desk.bench import ANNA, BORIS, OLGA, SAY, PrivateDesk
from tests.bot.samples import TAXONOMY, new
from triage.cascade import Confidence


async def shown_to(desk: PrivateDesk, user_id: int) -> QueueCard | None:
    """Start the queue of a person, and return what it shows."""
    await desk.queue.start(user_id)
    found = await desk.messages.queue_messages(user_id)
    return await desk.messages.card(user_id, found[-1]) if found else None


async def test_the_queue_contains_first_disputes_then_doubts_and_nothing_else(
    private_desk: PrivateDesk,
) -> None:
    desk = private_desk
    guess = await desk.review("раз")
    undecided = await desk.review("два", confidence=Confidence.PERSON)
    disputed = await desk.review("три", confidence=Confidence.SURE)
    await desk.says(BORIS, disputed, 3)
    await desk.says(ANNA, disputed, 5)
    await desk.says(BORIS, await desk.review("четыре"), 3)  # labelled
    await desk.acts(BORIS, await desk.review("пять"), Act.SPAM)
    await desk.review("шесть", confidence=Confidence.SURE)
    await desk.reviews.accept(new(text="семь"))  # not answered yet

    card = await shown_to(desk, OLGA)
    assert card == QueueCard(disputed.number, 2)
    seen = []
    for _ in range(3):
        assert card is not None
        seen.append(card.number)
        await desk.queue.put_off(card.number, OLGA)
        card = await shown_to(desk, OLGA)
    assert seen == [disputed.number, undecided.number, guess.number]
    assert card is None


async def test_two_moderators_never_get_the_same_review(private_desk: PrivateDesk) -> None:
    desk = private_desk
    numbers = {(await desk.review(f"текст {n}")).number for n in range(6)}
    people = range(20, 26)
    cards = await asyncio.gather(*(shown_to(desk, person) for person in people))

    assert {card.number for card in cards if card} == numbers
    assert await shown_to(desk, OLGA) is None


async def test_a_lease_expires_and_taps_renew_it(private_desk: PrivateDesk) -> None:
    desk, review = private_desk, await private_desk.review()
    now = now_ms()
    assert await desk.store.claim(review.number, OLGA, now)
    assert not await desk.store.claim(review.number, BORIS, now + queue_store.LEASE_MS - 1)
    assert await desk.store.claim(review.number, OLGA, now + 5)
    assert not await desk.store.claim(review.number, BORIS, now + queue_store.LEASE_MS)
    assert await desk.store.claim(review.number, BORIS, now + 5 + queue_store.LEASE_MS)
    assert not await desk.store.claim(999, OLGA, now)


async def test_a_person_who_just_decided_a_dispute_is_not_asked_again(
    private_desk: PrivateDesk,
) -> None:
    desk = private_desk
    old, review = now_ms() - queue_store.SKIP_MS - 1, await private_desk.review()
    await desk.says(BORIS, review, 3, at_ms=old)
    await desk.says(ANNA, review, 5)

    assert await shown_to(desk, ANNA) is None
    card = await shown_to(desk, BORIS)
    assert card is not None
    await desk.queue.save(review, (3,), BORIS, "tap:1")  # keeps what he said
    assert len(await desk.cases.labels(review.number)) == 2
    assert await shown_to(desk, BORIS) is None
    assert await shown_to(desk, OLGA) is not None


async def test_disputes_are_found_among_many_settled_reviews(
    private_desk: PrivateDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue_store, "DISPUTES", 1)
    desk, old = private_desk, now_ms() - queue_store.SKIP_MS - 1
    oldest = await desk.review("спор")
    await desk.says(BORIS, oldest, 3, at_ms=old)
    await desk.says(ANNA, oldest, 5)
    for sides in (((3,), (3,)), ((3, 5), (5, 3))):  # agreed, also in another order
        agreed = await desk.review()
        for person, classes in zip((BORIS, ANNA), sides, strict=True):
            await desk.says(person, agreed, *classes)
    decided = await desk.review()  # by a third person
    for person, class_id in ((BORIS, 3), (ANNA, 5), (OLGA, 3)):
        await desk.says(person, decided, class_id)
    changed = await desk.review()  # Boris now agrees
    for person, class_id in ((BORIS, 3), (ANNA, 5), (BORIS, 5)):
        await desk.says(person, changed, class_id)

    assert await desk.store.disputed(OLGA, now_ms()) == [oldest.number]
    assert await desk.store.disputed(BORIS, now_ms()) == [oldest.number]
    assert await desk.store.disputed(ANNA, now_ms()) == []


async def test_a_dispute_offers_each_side_with_one_tap(
    private_desk: PrivateDesk, telegram: Telegram
) -> None:
    desk, review = private_desk, await private_desk.review()
    await desk.says(BORIS, review, 3)
    await desk.says(ANNA, review, 5, 8)
    await desk.queue.start(OLGA)

    [sent] = telegram.said(SendMessage)
    assert "⚖️ Спор. Выбрано: " in sent.text
    rows = sent.reply_markup.inline_keyboard
    taps = [parse_tap(row[0].callback_data) for row in rows]
    sides = [tap for tap in taps if tap and tap.button is DeskButton.SIDE]
    card = QueueCard(review.number, 0)
    view = await desk.queue.redraw(review, card, OLGA)
    assert [desk.queue.offered(tap, view) for tap in sides] == [(3,), (5, 8)]
    assert desk.queue.offered(DeskTap(DeskButton.SIDE, review.number, 0, 999), view) == ()
    assert not any(tap and tap.button is DeskButton.RIGHT for tap in taps)


@pytest.mark.parametrize("confidence", [Confidence.PERSON, Confidence.GUESS])
@pytest.mark.parametrize("sides", [(), ((3,), (5,)), ((8,), (5, 8))])
async def test_the_queue_has_one_button_for_each_set(
    private_desk: PrivateDesk,
    telegram: Telegram,
    confidence: Confidence,
    sides: tuple[tuple[int, ...], ...],
) -> None:
    desk = private_desk
    review = await desk.review(classes=(3,), confidence=confidence)
    for person, classes in zip((BORIS, ANNA), sides, strict=False):
        await desk.says(person, review, *classes)
    await desk.queue.start(OLGA)
    [sent] = telegram.said(SendMessage)
    view = await desk.queue.redraw(review, QueueCard(review.number, 0), OLGA)
    keys = [key for row in sent.reply_markup.inline_keyboard for key in row]
    offered = []
    for tap in (parse_tap(key.callback_data) for key in keys):
        assert tap is not None
        if tap.button is DeskButton.SET:
            offered.append(frozenset(view.panel.sets.on_panel[tap.value or 0]))
        elif tap.button in {DeskButton.RIGHT, DeskButton.ALTERNATIVE, DeskButton.SIDE}:
            offered.append(frozenset(desk.queue.offered(tap, view)))
    assert len(offered) >= 4
    assert len(set(offered)) == len(offered)
    assert "💡" not in sent.text or any("💡" in key.text for key in keys)


async def test_the_queue_message_moves_to_the_next_review_and_is_recorded_for_it(
    private_desk: PrivateDesk, telegram: Telegram
) -> None:
    desk = private_desk
    first, second = await desk.review("раз", share=0.4), await desk.review("два")
    await desk.queue.start(OLGA)
    [message_id] = await desk.messages.queue_messages(OLGA)
    await desk.queue.save(second, (5,), OLGA, "tap:1")
    await desk.queue.go_on(OLGA, message_id, second.number)

    assert await desk.messages.card(OLGA, message_id) == QueueCard(first.number, 0, second.number)
    assert await desk.messages.shown(OLGA, message_id) == {first.number}
    [edit] = telegram.said(EditMessageText)
    assert "раз" in edit.text
    last = edit.reply_markup.inline_keyboard[-1][0]
    assert (last.text, parse_tap(last.callback_data)) == (
        f"↩️ Вернуть № {second.number}",
        DeskTap(DeskButton.PREVIOUS, second.number, 0),
    )

    await desk.queue.save(first, (3,), OLGA, "tap:2")
    await desk.queue.go_on(OLGA, message_id, first.number)
    end = telegram.said(EditMessageText)[-1]
    assert end.text == SAY("queue-empty")
    assert [button.text for row in end.reply_markup.inline_keyboard for button in row] == [
        f"↩️ Вернуть № {first.number}"
    ]
    assert await desk.messages.shown(OLGA, message_id) == {first.number}


async def labelled_last(desk: PrivateDesk) -> tuple[Review, int]:
    """Label the only review of the queue; return it and the message, which shows the end."""
    review = await desk.review()
    await desk.queue.start(OLGA)
    [message_id] = await desk.messages.queue_messages(OLGA)
    await desk.queue.save(review, (5,), OLGA, "tap:1")
    await desk.queue.go_on(OLGA, message_id, review.number)
    return review, message_id


async def test_the_last_review_can_be_taken_back_at_the_end(
    private_desk: PrivateDesk, telegram: Telegram
) -> None:
    desk = private_desk
    review, message_id = await labelled_last(desk)
    end = await desk.messages.card(OLGA, message_id)
    assert end == QueueCard.at_end(review.number)

    await desk.queue.go_back(review, end, Doer(OLGA, "tap:2", now_ms()), message_id)
    assert await desk.messages.card(OLGA, message_id) == QueueCard(review.number, 0)
    assert review.text in telegram.said(EditMessageText)[-1].text
    kinds = [one.content.kind for one in await desk.cases.labels(review.number)]
    assert kinds == ["correct", "undo"]


async def test_a_new_message_of_the_queue_keeps_the_way_back(
    private_desk: PrivateDesk, telegram: Telegram
) -> None:
    desk = private_desk
    review, _ = await labelled_last(desk)

    assert await shown_to(desk, OLGA) == QueueCard.at_end(review.number)
    newer = await desk.review("новый")
    assert await shown_to(desk, OLGA) == QueueCard(newer.number, 0, review.number)


async def test_the_end_is_told_although_the_message_is_gone(
    private_desk: PrivateDesk, telegram: Telegram
) -> None:
    desk, review = private_desk, await private_desk.review()
    await desk.queue.start(OLGA)
    [message_id] = await desk.messages.queue_messages(OLGA)
    await desk.queue.put_off(review.number, OLGA)
    telegram.next.append(refused(NOT_FOUND))
    await desk.queue.go_on(OLGA, message_id, review.number)
    assert telegram.said(SendMessage)[-1].text == SAY("queue-empty")


async def test_going_back_undoes_the_label(private_desk: PrivateDesk, telegram: Telegram) -> None:
    desk, review = private_desk, await private_desk.review()
    await desk.queue.start(OLGA)
    [message_id] = await desk.messages.queue_messages(OLGA)
    await desk.queue.save(review, (5,), OLGA, "tap:1")
    card = QueueCard(999, 3, review.number)
    await desk.queue.go_back(review, card, Doer(OLGA, "tap:2", now_ms()), message_id)

    assert [one.content.kind for one in await desk.cases.labels(review.number)] == [
        "correct",
        "undo",
    ]
    assert await desk.messages.card(OLGA, message_id) == QueueCard(review.number, 4)
    assert "Выбрано: " in telegram.said(EditMessageText)[-1].text


async def test_a_skipped_review_returns_after_a_day_and_its_draft_is_dropped(
    private_desk: PrivateDesk,
) -> None:
    desk, review = private_desk, await private_desk.review()
    await desk.queue.panels.switch(review, OLGA, DeskTap(DeskButton.ADD, review.number, 0, 5))
    await desk.queue.put_off(review.number, OLGA)

    assert await desk.queue.panels.drafts.draft(review.number, OLGA) is None
    later = now_ms() + queue_store.SKIP_MS + 1
    assert await desk.store.doubts(OLGA, now_ms()) == []
    assert [one.number for one in await desk.store.doubts(OLGA, later)] == [review.number]
    assert [one.number for one in await desk.store.doubts(BORIS, now_ms())] == [review.number]


async def test_a_review_whose_label_was_undone_is_a_doubt_again(private_desk: PrivateDesk) -> None:
    desk, review = private_desk, await private_desk.review()
    await desk.says(OLGA, review, 3)
    assert await desk.store.doubts(OLGA, now_ms()) == []
    await desk.desk.undo(review, Doer(OLGA, "undo", now_ms()))
    assert [one.number for one in await desk.store.doubts(OLGA, now_ms())] == [review.number]


async def test_an_older_message_of_the_queue_is_deleted(
    private_desk: PrivateDesk, telegram: Telegram
) -> None:
    desk = private_desk
    await desk.review()
    await desk.queue.start(OLGA)
    [older] = await desk.messages.queue_messages(OLGA)
    await desk.queue.start(OLGA)

    assert [call.message_id for call in telegram.said(DeleteMessage)] == [older]
    [newer] = await desk.messages.queue_messages(OLGA)
    assert newer != older


async def test_a_deleted_queue_message_is_replaced(
    private_desk: PrivateDesk, telegram: Telegram
) -> None:
    desk = private_desk
    first, second = await desk.review("раз", share=0.4), await desk.review("два")
    await desk.queue.start(OLGA)
    [message_id] = await desk.messages.queue_messages(OLGA)
    telegram.next.append(refused(NOT_FOUND))
    await desk.queue.save(second, (3,), OLGA, "tap:1")
    await desk.queue.go_on(OLGA, message_id, second.number)

    [replacement] = await desk.messages.queue_messages(OLGA)
    assert replacement != message_id
    assert await desk.messages.card(OLGA, replacement) == QueueCard(first.number, 0, second.number)


async def test_a_review_that_is_erased_while_it_is_shown_leaves_no_text(
    private_desk: PrivateDesk, telegram: Telegram
) -> None:
    desk = private_desk
    erased, other = await desk.review("секрет", user_id=600), await desk.review("два", share=0.4)
    await desk.queue.start(OLGA)
    [message_id] = await desk.messages.queue_messages(OLGA)
    review = await desk.queue.panels.reviews.by_number(erased.number)
    assert review is not None
    view = await desk.queue.redraw(review, QueueCard(erased.number, 0), OLGA)
    await PersonalData(desk.engine).erase(600)
    telegram.calls.clear()
    page = queue_page(view, top_screen(view.panel))
    await desk.queue.message.turn_to(OLGA, message_id, page)
    [edit] = telegram.said(EditMessageText)
    assert edit.text == SAY("queue-removed", number=str(erased.number))
    assert edit.reply_markup is None
    assert await desk.messages.queue_messages(OLGA) == []
    assert (await shown_to(desk, OLGA)) == QueueCard(other.number, 0)


async def test_every_button_of_the_queue_fits_into_its_callback_data(
    private_desk: PrivateDesk, telegram: Telegram
) -> None:
    desk, review = private_desk, await private_desk.review()
    await desk.says(BORIS, review, *TAXONOMY.ids[:6])
    await desk.says(ANNA, review, *TAXONOMY.ids[6:12])
    await desk.queue.start(OLGA)
    [sent] = telegram.said(SendMessage)
    keys = [key for row in sent.reply_markup.inline_keyboard for key in row]
    assert max(len(key.callback_data.encode()) for key in keys) <= 64
    assert len(keys) <= 100


async def test_fifty_reviews_need_one_message_and_no_call_to_the_group(
    private_desk: PrivateDesk, telegram: Telegram
) -> None:
    desk = private_desk
    for number in range(50):
        await desk.review(f"отзыв {number}")
    await desk.queue.start(OLGA)
    [message_id] = await desk.messages.queue_messages(OLGA)
    while (card := await desk.messages.card(OLGA, message_id)) and not card.is_end:
        review = await desk.reviews.by_number(card.number)
        assert review is not None
        await desk.queue.save(review, (5,), OLGA, f"queue:{card.number}")
        await desk.queue.go_on(OLGA, message_id, card.number)

    assert len(telegram.said(SendMessage)) == 1
    assert len(telegram.said(EditMessageText)) == 50
    assert {call.chat_id for call in telegram.calls} == {OLGA}
    assert await desk.store.labels_of_classes() == {5: 50}
