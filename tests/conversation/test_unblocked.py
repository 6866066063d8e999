"""A customer blocks the bot after Send and comes back: what the old form's message shows then."""

import pytest

from sandbox.simulated_people import Customer, Moderator
from tests.bot.samples import TAXONOMY
from tests.conversation.desk import Answering, buttons, title
from tests.conversation.dialogue import TEXT, reaches_preview
from triage.queue.streams import Connections
from triage.sealing import Seal

pytestmark = pytest.mark.redis


@pytest.fixture
def answering(bot: None, real_connections: Connections, seal: Seal) -> Answering:
    return Answering(real_connections, seal)


async def test_the_answer_replaces_the_form_once_the_bot_is_unblocked(
    answering: Answering, customer: Customer, moderator: Moderator
) -> None:
    preview = await reaches_preview(customer)
    send = next(b.data for b in preview.buttons if b.data and ":s:" in b.data)
    await customer.blocks()
    customer.taps_stale(preview, send)
    await answering.next_job()
    await moderator.sees_text(TEXT, timeout_s=60)  # the card's picture is drawn
    await moderator.taps(f"➜ {title(3, 5)}")
    await moderator.sees_text("Проверил человек (Ольга)")
    assert any(":s:" in (b.data or "") for b in preview.buttons)

    await customer.says("Здравствуйте")  # a client unblocks the bot before it sends
    answer = await customer.sees_text("Проверил человек")
    assert answer.message_id == preview.message_id
    assert TAXONOMY.public_title(5, "ru") in answer.text
    assert not any((b.data or "").startswith("f:") for b in answer.buttons)
    form = await customer.sees_text("Текст сохранён")
    assert form.message_id > answer.message_id


async def test_a_review_that_still_waits_gets_its_receipt(
    answering: Answering, customer: Customer
) -> None:
    preview = await reaches_preview(customer)
    send = next(b.data for b in preview.buttons if b.data and ":s:" in b.data)
    await customer.blocks()
    tap = customer.taps_stale(preview, send)
    await customer.gets_answer(tap)

    await customer.unblocks()
    receipt = await customer.sees_text("задерживается")
    assert receipt.message_id == preview.message_id
    assert buttons(receipt) == []
