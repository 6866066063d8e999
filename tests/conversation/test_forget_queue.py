"""An erasure is carried out in the background, once, and takes what was there when it was asked."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.archive.consents import Consents
from bot.archive.database import open_database
from bot.archive.erasure_store import ErasureState, ErasureStore
from bot.archive.people import People
from bot.form.session import Form
from bot.settings import BotSettings
from sandbox.simulated_people import Customer
from tests.bot.eventually import eventually
from tests.conversation.conftest import Comes, Gate, Stored
from tests.conversation.dialogue import TEXT, reaches_preview, sends
from triage.errors import QueueUnavailable

BEGUN, DONE = "Удаление началось", "всё удалено"


@pytest.fixture
async def archive(settings: BotSettings, customer: Customer) -> AsyncIterator[AsyncEngine]:
    """Yield the archive, past the bot."""
    engine = await open_database(settings.database_url.get_secret_value())
    yield engine
    await engine.dispose()


async def asks(customer: Customer) -> None:
    """Confirm the erasure; return when it has begun."""
    await customer.says("/forget")
    await customer.taps("x:1")
    await customer.sees_text(BEGUN)


async def test_an_erasure_blocks_neither_its_requester_nor_others(
    gate: Gate, customer: Customer, someone: Comes
) -> None:
    await sends(customer)
    await asks(customer)
    await gate.reached.wait()
    await customer.says("/privacy")
    await customer.sees_text("Тексты зашифрованы")
    other = someone("ru")
    await sends(other)
    gate.opened.set()

    done = await customer.sees_text(DONE)
    assert "Удалён 1 отзыв" in done.text


async def test_data_stored_after_the_request_is_not_erased(
    gate: Gate, customer: Customer, stored: Stored, archive: AsyncEngine
) -> None:
    user_id = customer.user.user_id
    await sends(customer, "Первый отзыв")
    await asks(customer)
    await sends(customer, "Второй отзыв")
    await Consents(archive).decide(user_id, is_given=True, now_ms=5)
    await People(archive).choose_language(user_id, "ru")
    await reaches_preview(customer, TEXT)
    gate.opened.set()
    done = await customer.sees_text(DONE)

    assert "Удалён 1 отзыв" in done.text
    assert [review.text for review in await stored(user_id)] == ["Второй отзыв"]
    assert await People(archive).language(user_id) == "ru"
    assert (await Consents(archive).of(user_id)).is_given
    await customer.taps("s")
    await customer.sees_text("Отзыв № 3 принят")


async def test_a_double_tap_starts_one_erasure_with_one_result(
    gate: Gate, customer: Customer, stored: Stored
) -> None:
    await sends(customer)
    await customer.says("/forget")
    asked = await customer.sees(lambda m: any(b.data == "x:1" for b in m.buttons))
    taps = [customer.taps_stale(asked, "x:1") for _ in range(2)]
    gate.opened.set()
    for tap in taps:
        await customer.gets_answer(tap)
    await customer.sees_text("Удалён 1 отзыв")
    for data in ("x:0", "x:1"):  # taps of a client that has not received the edits
        await customer.gets_answer(customer.taps_stale(asked, data))
    await customer.says("/privacy")  # handled after the taps
    await customer.sees_text("Тексты зашифрованы")

    assert "Удалён 1 отзыв" in customer.chat.messages[asked.message_id].text
    assert not [m for m in customer.messages if "Отзывов не было" in m.text]
    assert await stored(customer.user.user_id) == []


async def test_a_second_request_is_refused_during_an_erasure_and_accepted_afterwards(
    gate: Gate, customer: Customer, stored: Stored
) -> None:
    await sends(customer)
    await customer.says("/forget")
    first = await customer.sees(lambda m: any(b.data == "x:1" for b in m.buttons))
    await customer.says("/forget")
    second = await customer.sees(lambda m: m.message_id > first.message_id and any(m.buttons))
    await customer.gets_answer(customer.taps_stale(first, "x:1"))
    await sends(customer, "Второй отзыв")
    told = await customer.gets_answer(customer.taps_stale(second, "x:1"))
    assert "уже удаляются" in told.text
    await customer.says("/forget")
    await customer.sees_text("уже удаляются")
    gate.opened.set()
    await customer.sees_text("Удалён 1 отзыв")
    assert len(await stored(customer.user.user_id)) == 1

    async def taps() -> bool:
        await customer.gets_answer(customer.taps_stale(second, "x:1"))
        return BEGUN in customer.chat.messages[second.message_id].text

    await eventually(taps)
    await customer.sees(lambda m: m.message_id == second.message_id and "Удалён 1" in m.text)
    assert await stored(customer.user.user_id) == []


async def test_without_redis_no_erasure_starts_and_the_person_is_told(
    gate: Gate, customer: Customer, archive: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sends(customer)
    await customer.says("/forget")

    async def away(_: Form) -> None:
        raise QueueUnavailable("Redis: it is away")

    with monkeypatch.context() as patched:
        patched.setattr(Form, "load", away)
        told = await customer.taps("x:1")
    assert "попробуйте" in told.text
    assert await ErasureStore(archive).counts() == (0, 0)
    gate.opened.set()
    await customer.taps("x:1")
    await customer.sees_text("Удалён 1 отзыв")


async def test_the_request_of_a_person_who_blocked_the_bot_is_completed(
    gate: Gate, customer: Customer, archive: AsyncEngine, stored: Stored
) -> None:
    await sends(customer)
    await asks(customer)
    await customer.blocks()
    gate.opened.set()

    async def is_done() -> bool:
        due = await ErasureStore(archive).due(ErasureState.DONE, 2**50)
        return [request.user_id for request in due] == [customer.user.user_id]

    await eventually(is_done)
    assert await stored(customer.user.user_id) == []


async def test_a_request_for_a_draft_erases_only_that_draft(
    gate: Gate, customer: Customer, archive: AsyncEngine
) -> None:
    gate.opened.set()
    await reaches_preview(customer)
    await customer.says("/forget")
    asked = await customer.sees(lambda m: any(b.data == "x:1" for b in m.buttons))
    await customer.taps("x:1")
    await customer.sees_text("Отзывов не было")
    await reaches_preview(customer, "Новый черновик")
    await customer.gets_answer(customer.taps_stale(asked, "x:1"))
    await customer.taps("s")
    await customer.sees_text("принят")
