"""What people send that is no review: each gets a clear answer, and nothing is lost."""

import asyncio

import pytest

from bot.settings import BotSettings
from sandbox.server import Server
from sandbox.simulated_people import Customer
from tests.conversation.conftest import Comes, Stored
from tests.conversation.dialogue import TEXT, data_of, reaches_preview, reaches_text, sends


async def goes_on(customer: Customer) -> None:
    """Finish the form whose text is asked for, which must have outlived what came before."""
    await customer.says(TEXT)
    await customer.taps("s")
    await customer.sees_text("принят")


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("sticker", "принимаю только текст и фото"),
        ("voice", "Голосовые и аудио я не принимаю: их нельзя прочитать"),
        ("document", "Файлы я не принимаю: команда не открывает их"),
    ],
)
async def test_unsupported_messages_are_refused_with_the_reason_and_the_form_waits(
    customer: Customer, kind: str, reason: str
) -> None:
    await reaches_text(customer)
    await customer.sends(kind)

    assert "Форма вас ждёт" in (await customer.sees_text(reason)).text
    await goes_on(customer)


async def test_the_refusal_of_an_unsupported_message_without_a_form_names_start(
    someone: Comes,
) -> None:
    customer = someone("en")
    await customer.sends("sticker")

    answer = await customer.sees_text("accept only text and photos")
    assert "/start" in answer.text


async def test_a_forwarded_message_is_not_accepted_as_review_text(customer: Customer) -> None:
    await reaches_text(customer)
    await customer.forwards("У них всё плохо")

    await customer.sees_text("пересланное сообщение")
    await goes_on(customer)
    assert not any("всё плохо" in m.text for m in customer.messages if m.sender.is_bot)


async def test_the_refusal_of_a_too_long_text_shows_its_length_and_the_limit(
    customer: Customer,
) -> None:
    await reaches_text(customer)
    await customer.says("🥲" * 151)

    answer = await customer.sees_text("Слишком длинно")
    assert "302 символа" in answer.text
    assert "до 300" in answer.text
    await goes_on(customer)


async def test_the_rest_of_a_text_that_the_client_has_split_is_not_a_review(
    customer: Customer, telegram: Server
) -> None:
    await reaches_text(customer)
    await customer.says("я" * 4096 + "хвост")
    await customer.sees_text("Слишком длинно: 4\u00a0096 символов")
    telegram.world.move_clock(10)
    await goes_on(customer)
    assert not any("хвост" in m.text for m in customer.messages if m.sender.is_bot)


async def test_a_text_of_exactly_the_limit_is_accepted(customer: Customer, stored: Stored) -> None:
    await sends(customer, "🥲" * 150)

    assert (await stored(customer.user.user_id))[0].text == "🥲" * 150


async def test_a_second_message_that_exceeds_the_limit_leaves_the_first_unchanged(
    customer: Customer, stored: Stored
) -> None:
    await reaches_preview(customer, "а" * 200)
    await customer.says("б" * 200)
    await customer.sees_text("вышло бы 401 символ")
    await customer.taps("s")
    await customer.sees_text("принят")

    assert (await stored(customer.user.user_id))[0].text == "а" * 200


async def test_a_text_without_a_visible_character_is_refused(customer: Customer) -> None:
    await reaches_text(customer)
    await customer.says("\u2800\u3164\u2800")

    await customer.sees_text("ни одного видимого символа")
    await goes_on(customer)


async def test_bidi_and_control_characters_are_removed(customer: Customer, stored: Stored) -> None:
    await sends(customer, "Привезли\u202e поздно\x07!")

    assert (await stored(customer.user.user_id))[0].text == "Привезли поздно !"


async def test_a_tap_on_a_closed_form_is_explained(customer: Customer) -> None:
    preview = await reaches_preview(customer)
    data = data_of(preview, "s")
    await customer.says("/cancel")
    await customer.sees_text("отменён")

    answer = await customer.gets_answer(customer.taps_stale(preview, data))
    assert answer.alert
    assert "Эта форма уже закрыта" in answer.text


async def test_a_tap_with_unknown_callback_data_is_answered(customer: Customer) -> None:
    preview = await reaches_preview(customer)

    answer = await customer.gets_answer(customer.taps_stale(preview, "no such thing"))
    assert "больше не действует" in answer.text


@pytest.mark.parametrize("value", ["7", "-1", "x", ""])
async def test_a_forged_rating_changes_nothing(customer: Customer, value: str) -> None:
    await customer.says("/start")
    form = await customer.sees(lambda m: any(m.buttons))
    forged = data_of(form, "r").rsplit(":", 1)[0] + f":{value}"

    answer = await customer.gets_answer(customer.taps_stale(form, forged))
    assert answer.alert
    await customer.taps("3")


async def test_a_double_tap_on_a_rating_shows_no_message(customer: Customer) -> None:
    await customer.says("/start")
    form = await customer.sees(lambda m: any(m.buttons))
    data = data_of(form, "r")
    taps = [customer.taps_stale(form, data) for _ in range(2)]

    answers = [await customer.gets_answer(tap) for tap in taps]
    assert [answer.text for answer in answers] == ["", ""]
    await customer.sees_text("О чём отзыв")


@pytest.mark.parametrize("number", ["-1", str(2**63), "9" * 40])
async def test_a_button_with_an_invalid_review_number_is_rejected(
    customer: Customer, number: str
) -> None:
    preview = await reaches_preview(customer)

    answer = await customer.gets_answer(customer.taps_stale(preview, f"p:{number}:1"))
    assert "больше не действует" in answer.text


async def test_an_edit_after_sending_is_answered_that_it_changes_nothing(
    customer: Customer, stored: Stored
) -> None:
    await reaches_text(customer)
    message = await customer.says(TEXT)
    await customer.taps("s")
    await customer.sees_text("принят")
    await customer.edits(message, "Передумал")

    await customer.sees_text("Отзыв № 1 уже принят, эта правка его не меняет.")
    assert (await stored(customer.user.user_id))[0].text == TEXT


async def test_an_edit_after_cancelling_names_no_review(customer: Customer) -> None:
    await sends(customer)
    await customer.sees_text("Отзыв № 1 принят")
    await asyncio.sleep(1)  # Telegram dates messages in whole seconds
    await reaches_text(customer)
    message = await customer.says("Другой отзыв")
    await customer.taps("c")
    await customer.sees_text("Отзыв отменён")
    await customer.edits(message, "Передумал")

    await customer.sees_text("сейчас вы не пишете отзыв")


async def test_an_edit_while_a_form_is_open_refers_to_that_form(customer: Customer) -> None:
    await reaches_text(customer)
    message = await customer.says(TEXT)
    await customer.taps("s")
    await customer.sees_text("принят")
    await reaches_text(customer)
    await customer.edits(message, "Передумал")

    await customer.sees_text("не входит в отзыв, который вы сейчас пишете")


async def test_an_unknown_command_is_explained_and_the_form_continues(customer: Customer) -> None:
    await reaches_text(customer)
    await customer.says("/refund now")

    await customer.sees_text("Такой команды нет")
    await goes_on(customer)


async def test_a_text_that_starts_with_a_lone_slash_is_not_a_command(
    customer: Customer, stored: Stored
) -> None:
    await sends(customer, "/ 10 из 10")

    assert (await stored(customer.user.user_id))[0].text == "/ 10 из 10"


async def test_a_deleted_form_message_is_sent_again(customer: Customer) -> None:
    await customer.says("/start")
    form = await customer.sees(lambda m: any(m.buttons))
    tap = customer.taps_stale(form, data_of(form, "r"))
    await customer.deletes(form)
    await customer.gets_answer(tap)

    again = await customer.sees_text("О чём отзыв")
    assert again.message_id > form.message_id


class TestThrottle:
    @pytest.fixture
    def settings(self, settings: BotSettings) -> BotSettings:
        return settings.model_copy(update={"reviews_per_minute": 2})

    async def test_who_sends_too_often_is_told_to_wait_and_keeps_the_review(
        self, customer: Customer, stored: Stored
    ) -> None:
        await sends(customer)
        await sends(customer, "Второй отзыв")
        preview = await reaches_preview(customer, "Третий отзыв")
        answer = await customer.taps("s")

        assert answer.alert
        assert "Слишком много отзывов подряд" in answer.text
        assert "Третий отзыв" in preview.text
        assert len(await stored(customer.user.user_id)) == 2
        assert any("Третий отзыв" in m.text and any(m.buttons) for m in customer.messages)


class TestDayLimit:
    @pytest.fixture
    def settings(self, settings: BotSettings) -> BotSettings:
        return settings.model_copy(update={"reviews_per_day": 1})

    async def test_who_sends_too_many_in_a_day_is_told_when_to_go_on(
        self, customer: Customer, stored: Stored
    ) -> None:
        await sends(customer)
        await reaches_preview(customer, "Второй отзыв")
        answer = await customer.taps("s")

        assert answer.alert
        assert "через 24 ч" in answer.text
        assert len(await stored(customer.user.user_id)) == 1


class TestFullQueue:
    @pytest.fixture
    def settings(self, settings: BotSettings) -> BotSettings:
        return settings.model_copy(update={"max_queued": 1})

    async def test_a_full_queue_says_busy_and_keeps_the_review(
        self, customer: Customer, stored: Stored
    ) -> None:
        await sends(customer)
        await reaches_preview(customer, "Второй")
        answer = await customer.taps("s")

        assert answer.alert
        assert "очень много отзывов" in answer.text
        assert len(await stored(customer.user.user_id)) == 1
