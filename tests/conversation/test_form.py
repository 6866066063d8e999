"""The form, from /start to the receipt."""

import asyncio

import pytest

from sandbox.simulated_people import Customer
from tests.conversation.conftest import Comes, Stored
from tests.conversation.dialogue import (
    HARD,
    TEXT,
    data_of,
    reaches_preview,
    reaches_text,
    sends,
)


async def test_the_form_leads_from_start_to_the_receipt(customer: Customer, stored: Stored) -> None:
    receipt = await sends(customer, TEXT, "DELIVERY", "PRICE")

    assert "Отзыв № 1 принят" in receipt.text
    assert TEXT in receipt.text
    assert not list(receipt.buttons)
    [review] = await stored(customer.user.user_id)
    assert (review.rating, review.tags, review.text) == (3, ("DELIVERY", "PRICE"), TEXT)


async def test_the_form_works_in_english(someone: Comes) -> None:
    receipt = await sends(someone("en"), "They left my order at the wrong door", "DELIVERY")

    assert "Review No. 1 is accepted" in receipt.text


async def test_topics_may_be_skipped(customer: Customer, stored: Stored) -> None:
    await sends(customer)

    assert (await stored(customer.user.user_id))[0].tags == ()


async def test_three_fast_taps_all_count_in_their_order(customer: Customer, stored: Stored) -> None:
    await customer.says("/start")
    await customer.taps("3")
    form = await customer.sees(lambda m: any("DELIVERY" in (b.data or "") for b in m.buttons))
    tapped = ["SUPPORT", "DELIVERY", "PRICE"]
    buttons = {b.data.split(":")[3]: b.data for b in form.buttons if b.data.count(":") == 3}
    taps = [customer.taps_stale(form, buttons[tag]) for tag in tapped]
    for tap in taps:
        await customer.gets_answer(tap)
    await customer.taps("d")
    await customer.says(TEXT)
    await customer.taps("s")
    await customer.sees_text("принят")

    assert list((await stored(customer.user.user_id))[0].tags) == tapped


async def test_two_messages_sent_together_make_one_review(
    customer: Customer, stored: Stored
) -> None:
    await reaches_text(customer)
    await customer.says("Привезли поздно.")
    await customer.says("И холодное.")
    await customer.sees_text("Привезли поздно.\nИ холодное.")
    await customer.taps("s")
    await customer.sees_text("принят")

    [review] = await stored(customer.user.user_id)
    assert review.text == "Привезли поздно.\nИ холодное."


async def test_a_double_tap_on_send_stores_one_review(customer: Customer, stored: Stored) -> None:
    preview = await reaches_preview(customer)
    data = data_of(preview, "s")
    taps = [customer.taps_stale(preview, data) for _ in range(3)]
    answers = [await customer.gets_answer(tap) for tap in taps]

    assert len(await stored(customer.user.user_id)) == 1
    assert "уже принят, номер 1" in answers[-1].text


async def test_a_text_before_the_rating_is_stored(customer: Customer, stored: Stored) -> None:
    await customer.says(TEXT)
    await customer.sees_text("Текст сохранён")
    await customer.taps("0")
    await customer.taps("d")
    await customer.taps("s")
    await customer.sees_text("принят")

    [review] = await stored(customer.user.user_id)
    assert (review.rating, review.text) == (0, TEXT)


async def test_each_field_can_be_edited(customer: Customer, stored: Stored) -> None:
    await reaches_preview(customer, TEXT, "PRICE")
    await customer.taps("e")
    await customer.taps("rating")
    await customer.taps("6")
    await customer.taps("e")
    await customer.taps("tags")
    await customer.taps("SUPPORT")
    await customer.taps("d")
    await customer.taps("e")
    await customer.taps("text")
    await customer.sees_text("Напишите отзыв")
    await customer.says("Всё отлично")
    await customer.sees_text("Проверьте отзыв")
    await customer.taps("s")
    await customer.sees_text("принят")

    [review] = await stored(customer.user.user_id)
    assert (review.rating, review.tags, review.text) == (6, ("PRICE", "SUPPORT"), "Всё отлично")


async def test_editing_a_message_edits_the_draft(customer: Customer) -> None:
    await reaches_text(customer)
    message = await customer.says("Привизли поздно")
    await customer.sees_text("Привизли поздно")
    await customer.edits(message, "Привезли поздно")

    preview = await customer.sees_text("Привезли поздно")
    assert "Проверьте отзыв" in preview.text


@pytest.mark.parametrize("steps", range(4))
async def test_cancel_works_at_every_step(customer: Customer, steps: int, stored: Stored) -> None:
    await customer.says("/start")
    for tap in ["3", "d"][:steps]:
        await customer.taps(tap)
    if steps == 3:
        await customer.says(TEXT)
        await customer.sees_text("Проверьте отзыв")
    await customer.says("/cancel")

    await customer.sees_text("Отзыв отменён")
    assert not [b for m in customer.messages for b in m.buttons]
    assert await stored(customer.user.user_id) == []


async def test_start_shows_the_open_form(customer: Customer) -> None:
    await reaches_text(customer, 5, "PRICE")
    start = await customer.says("/start")
    again = await customer.sees(lambda m: m.message_id > start.message_id)

    assert "Оценка: 5 из 6" in again.text
    assert "Напишите отзыв" in again.text


async def test_a_deep_link_is_stored_as_the_source(customer: Customer, stored: Stored) -> None:
    await customer.says("/start branch-12")
    await customer.taps("4")
    await customer.taps("d")
    await customer.says(TEXT)
    await customer.taps("s")
    await customer.sees_text("принят")

    assert (await stored(customer.user.user_id))[0].source == "branch-12"


async def test_special_characters_are_shown_and_stored_unchanged(
    customer: Customer, stored: Stored
) -> None:
    receipt = await sends(customer, HARD)

    assert HARD in receipt.text
    assert (await stored(customer.user.user_id))[0].text == HARD


async def test_a_chosen_language_is_stored_and_the_form_is_redrawn(customer: Customer) -> None:
    await reaches_text(customer)
    await customer.says("/lang")
    await customer.taps("en")
    await customer.sees_text("Write your review")
    await customer.says("Late again")

    await customer.sees_text("Check your review")


async def test_people_do_not_see_the_reviews_of_each_other(someone: Comes) -> None:
    anna, boris = someone("ru"), someone("ru")
    await asyncio.gather(sends(anna, "От Анны"), sends(boris, "От Бориса"))

    assert not any("Бориса" in m.text for m in anna.messages)
    assert not any("Анны" in m.text for m in boris.messages)
