"""Authors: their own check, consent, photos, bans; the unchanged bot on a real Redis."""

import json

import pytest

from bot.archive.case_store import CaseStore
from bot.archive.desk_records import CaseState
from bot.settings import BotSettings
from sandbox.server import Server
from sandbox.simulated_people import Customer, Moderator
from sandbox.telegram import acts
from sandbox.telegram.chat import Role
from tests.bot.samples import TAXONOMY
from tests.conversation.conftest import Stored
from tests.conversation.desk import Answering, buttons, title
from tests.conversation.dialogue import TEXT, reaches_preview, reaches_text, sends
from tests.conversation.two_sides import is_in, said_by_bot
from triage.queue.streams import Connections
from triage.sealing import Seal

pytestmark = pytest.mark.redis


@pytest.fixture
def answering(bot: None, real_connections: Connections, seal: Seal) -> Answering:
    return Answering(real_connections, seal)


async def test_an_author_can_say_that_the_answer_is_wrong_and_choose_the_class(
    answering: Answering, customer: Customer, moderator: Moderator, cases: CaseStore
) -> None:
    card = await answering.card(customer, moderator)
    told = await customer.taps("👎 Неверно")
    assert "о чём отзыв" in told.text
    answer = await customer.sees(lambda m: any(":c:-1" in (b.data or "") for b in m.buttons))
    assert buttons(answer)[1] == TAXONOMY.public_title(5, "ru"), "the most probable one not shown"
    await moderator.sees_text("👎 Автор: поняли неверно")

    await customer.taps(TAXONOMY.public_title(5, "ru"))
    shown = await moderator.sees_text(f"это про «{TAXONOMY.title(5, 'ru')}»")
    assert shown.message_id == card.message_id
    assert await cases.labels(1) == [], "an author's word is no label"
    said = await customer.sees(lambda m: any("Ваш ответ" in one for one in buttons(m)))
    assert buttons(said)[1:] == [f"👎 Ваш ответ: {TAXONOMY.public_title(5, 'ru')}"]
    # A moderator's tap still counts: what the author said changed nothing that it is about.
    assert (await moderator.taps("✅ Верно")).text == f"Сохранено: {title(3)}"


async def test_an_author_can_answer_the_check_again(
    answering: Answering, customer: Customer, moderator: Moderator, cases: CaseStore
) -> None:
    await answering.card(customer, moderator)
    asked = buttons(await customer.sees(lambda m: len(buttons(m)) == 3))
    await customer.taps("👍 Поняли верно")
    await moderator.sees_text("👍 Автор: поняли верно")
    assert (await customer.taps("👍 Ваш ответ: верно")).text == "Можно ответить ещё раз."
    await customer.sees(lambda m: buttons(m) == asked)
    await moderator.sees_text("👍 Автор: поняли верно")

    await customer.taps("👎 Неверно")
    await customer.taps("Другое")
    await customer.sees(lambda m: "👎 Ваш ответ: другое" in buttons(m))
    await moderator.sees_text("👎 Автор: поняли неверно")


async def test_the_same_check_again_does_not_change_the_case(
    answering: Answering, customer: Customer, moderator: Moderator, cases: CaseStore
) -> None:
    await answering.card(customer, moderator)
    await customer.taps("👍 Поняли верно")
    await moderator.sees_text("👍 Автор: поняли верно")
    version = (await cases.case(1)).version
    await customer.taps("👍 Ваш ответ: верно")
    assert "Спасибо" in (await customer.taps("👍 Поняли верно")).text
    assert (await cases.case(1)).version == version
    await customer.sees(lambda m: "👍 Ваш ответ: верно" in buttons(m))


async def test_the_question_of_the_check_is_hidden_while_a_person_s_classes_are_shown(
    answering: Answering, customer: Customer, moderator: Moderator
) -> None:
    await answering.card(customer, moderator)
    asked = buttons(await customer.sees(lambda m: len(buttons(m)) == 3))
    await moderator.taps(f"➜ {title(3, 5)}")
    checked = await customer.sees_text("Проверил человек")
    assert buttons(checked) == ["Все темы"]
    await customer.taps("Все темы")
    await customer.sees(lambda m: buttons(m) == ["← Главное"])

    await moderator.taps("↩️ Отменить")
    await customer.sees(lambda m: "Уверенность: " in m.text and buttons(m) == asked)
    await customer.taps("👎 Неверно")
    await moderator.sees_text("👎 Автор: поняли неверно")


async def test_consent_is_asked_once_shown_on_the_card_and_can_be_revoked(
    answering: Answering, customer: Customer, moderator: Moderator
) -> None:
    await answering.card(customer, moderator)
    await customer.sees_text("Можно использовать ваши отзывы")
    await moderator.taps("✅ Верно")
    await moderator.sees_text("автор не давал согласия")
    await customer.taps("Можно")
    await moderator.sees_text("🎓 Пойдёт в обучение")

    await answering.card(customer, moderator, "Второй отзыв, совсем другой")
    assert len(said_by_bot(customer, "Можно использовать ваши отзывы")) == 0, "it became the choice"
    await customer.says("/privacy")
    await customer.sees_text("вы разрешили учить")
    await customer.taps("Отозвать согласие")
    await moderator.sees(lambda m: TEXT in m.text and "автор не давал согласия" in m.text)


async def test_the_album_of_a_review_is_sent_below_its_card_and_deleted_by_forget(
    answering: Answering, customer: Customer, moderator: Moderator, telegram: Server
) -> None:
    await reaches_text(customer)
    sent = await customer.sends_album(3, caption=TEXT)
    await customer.sees_text("Фото: 3")
    await customer.sends_album(2)
    await customer.sees_text("до 3 фото. Фото сверх этого числа не добавлены")
    assert len(said_by_bot(customer, "Проверьте отзыв")) == 1, "one form for the album"
    await customer.taps("s")
    await answering.next_job()
    card = await moderator.sees_text("📷 Фото: 3")
    last = await moderator.sees(
        lambda m: len(album_of(moderator)) == 3 and m in album_of(moderator)
    )
    assert [m.media and m.media.file_id for m in album_of(moderator)] == [
        m.media and m.media.file_id for m in sent
    ]
    assert last.reply_to == card.message_id

    await customer.says("/mydata")
    file = await customer.sees(lambda m: m.media is not None and m.media.kind == "document")
    stored = telegram.world.files.find(file.media.file_id if file.media else "")
    assert stored is not None
    assert json.loads(stored.data)["reviews"][0]["photos"] == 3
    await customer.says("/forget")
    await customer.taps("x:1")
    await customer.sees_text("всё удалено")
    assert album_of(moderator) == []


def album_of(moderator: Moderator) -> list[object]:
    """Return the messages of the group that belong to an album."""
    return [m for m in moderator.messages if "media_group_id" in m.extra]


async def test_a_repeated_review_is_explained_and_not_stored(
    customer: Customer, stored: Stored
) -> None:
    await sends(customer)
    await reaches_preview(customer, TEXT.upper() + "!")
    answer = await customer.taps("s")
    assert answer.alert
    assert "принят под № 1" in answer.text
    assert len(await stored(customer.user.user_id)) == 1

    await customer.says("И пицца остыла")  # something new to say
    await customer.taps("s")
    await customer.sees_text("Отзыв № 2 принят")


async def test_only_leads_can_ban(
    answering: Answering, customer: Customer, moderator: Moderator, telegram: Server
) -> None:
    await answering.card(customer, moderator)
    acts.set_role(telegram.world, moderator.user, moderator.chat, Role.MEMBER)
    await moderator.says("/ban 1")
    await moderator.sees_text("только администраторы")
    await moderator.taps("🚫 Спам")
    assert "только администраторы" in (await moderator.taps("⛔ Запретить автору")).text


@pytest.mark.parametrize("lift", ["/unban 1", "/unban_1"])
async def test_a_ban_is_announced_leaves_data_rights_and_can_be_lifted(
    answering: Answering, customer: Customer, moderator: Moderator, lift: str
) -> None:
    card = await answering.card(customer, moderator)
    await moderator.says("/ban", reply_to=card)
    await moderator.sees_text("Автору отзыва № 1 запрещено писать")
    await moderator.sees_text("⛔ Автору запрещено")
    await customer.says("Ещё один отзыв")
    await customer.sees_text("больше не принимает ваши отзывы")
    await customer.says("/mydata")
    await customer.sees(lambda m: m.media is not None and m.media.kind == "document")
    await moderator.says("/banned")
    await moderator.sees_text("автор отзыва № 1: /unban_1")

    await moderator.says(lift)
    await moderator.sees_text("снят")
    await sends(customer, "Ещё один отзыв")
    await customer.sees_text("Отзыв № 2 принят")


async def test_a_ban_can_be_lifted_after_its_review_is_erased(
    answering: Answering, customer: Customer, moderator: Moderator
) -> None:
    await answering.card(customer, moderator)
    await moderator.says("/ban 1")
    await moderator.sees_text("Автору отзыва № 1 запрещено писать")
    await customer.says("/forget")
    await customer.taps("x:1")
    await customer.sees_text("всё удалено")

    await moderator.says("/ban 1")
    await moderator.sees_text("Отзыва № 1 нет")
    await moderator.says("/unban 1")
    await moderator.sees_text("снят")
    await sends(customer, "Ещё один отзыв")
    await customer.sees_text("Отзыв № 2 принят")


async def test_a_silent_ban_is_invisible_to_the_author_and_lifting_it_sends_the_cards(
    answering: Answering,
    customer: Customer,
    moderator: Moderator,
    cases: CaseStore,
) -> None:
    await answering.card(customer, moderator)
    await moderator.taps("🚫 Спам")
    await is_in(cases, 1, CaseState.SPAM)
    await moderator.taps("🔇 Скрывать молча")
    await sends(customer, "Скрытый отзыв")
    await answering.next_job()
    await customer.sees_text("Отзыв № 2 прочитан")
    await moderator.says("/banned")
    await moderator.sees_text("🔇 автор отзыва № 1")
    assert said_by_bot(moderator, "Скрытый отзыв") == []

    await moderator.taps("↩️ Снять запрет")
    await moderator.sees_text("Скрытый отзыв")


class TestTrainingMode:
    @pytest.fixture
    def settings(self, settings: BotSettings) -> BotSettings:
        return settings.model_copy(update={"training_mode": True, "customer_names": "first_name"})

    async def test_customers_get_the_receipt_only_and_moderators_label(
        self, answering: Answering, customer: Customer, moderator: Moderator
    ) -> None:
        receipt = await sends(customer)
        assert "Его прочитает человек" in receipt.text
        await answering.next_job()
        card = await moderator.sees_text(TEXT)
        assert "№ 1 · Анна ·" in card.text
        assert "✅ Верно" in buttons(card)
        await customer.sees_text("Можно использовать ваши отзывы")
        await moderator.taps("✅ Верно")
        await moderator.sees_text("Проверил человек")

        [shown] = [m for m in customer.messages if m.message_id == receipt.message_id]
        assert "Его прочитает человек" in shown.text
        assert shown.media is None
        assert buttons(shown) == []
