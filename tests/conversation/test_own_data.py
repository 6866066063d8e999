"""What people may know and decide about their data."""

import json

import pytest

from sandbox.server import Server
from sandbox.simulated_people import Customer
from tests.conversation.conftest import Comes, Stored
from tests.conversation.dialogue import TEXT, reaches_text, sends
from triage.queue.limits import JOBS
from triage.queue.streams import Connections


@pytest.mark.parametrize(("language", "words"), [("ru", "Тексты зашифрованы"), ("en", "encrypted")])
async def test_privacy_answers_from_any_state(someone: Comes, language: str, words: str) -> None:
    customer = someone(language)
    await reaches_text(customer)
    await customer.says("/privacy")

    await customer.sees_text(words)


async def test_mydata_sends_a_file_with_all_stored_data(
    customer: Customer, telegram: Server
) -> None:
    await sends(customer, TEXT, "PRICE")
    await reaches_text(customer, 1)
    await customer.says("/mydata")
    message = await customer.sees(lambda m: m.media is not None)
    assert message.media is not None
    file = telegram.world.files.find(message.media.file_id)
    assert file is not None

    data = json.loads(file.data)
    assert data["telegram_id"] == customer.user.user_id
    assert [review["text"] for review in data["reviews"]] == [TEXT]
    assert data["unsent_review"]["rating"] == 1


async def test_forget_erases_archive_queue_and_form(
    customer: Customer, stored: Stored, real_connections: Connections
) -> None:
    receipt = await sends(customer)
    await reaches_text(customer)
    assert await real_connections.commands.xlen(JOBS) == 1
    await customer.says("/forget")
    await customer.sees_text("Будет удалён 1 отзыв")
    await customer.taps("x:1")
    await customer.sees_text("Удалён 1 отзыв")

    assert await stored(customer.user.user_id) == []
    assert await real_connections.commands.xlen(JOBS) == 0
    assert not [key async for key in real_connections.commands.scan_iter("*form*data")]
    shown = await customer.sees(lambda m: m.message_id == receipt.message_id)
    assert "удалён по вашей просьбе" in shown.text


async def test_forget_can_be_cancelled(customer: Customer, stored: Stored) -> None:
    await sends(customer)
    await customer.says("/forget")
    await customer.taps("x:0")
    await customer.sees_text("Всё осталось как было")

    assert len(await stored(customer.user.user_id)) == 1
