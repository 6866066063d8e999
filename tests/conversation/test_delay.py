"""What a customer is told while nobody reads reviews."""

import pytest

from bot.delivery import reconcile
from sandbox.simulated_people import Customer
from tests.conversation.dialogue import sends
from triage.queue.limits import JOBS, WORKERS
from triage.queue.streams import Connections

# What a worker leaves while it is there. A worker's runs out; these tests take it away
# themselves, so that a slow machine cannot lose the worker before the review is sent.
ALIVE = f"{JOBS}:{WORKERS}:alive"


async def test_without_a_worker_the_receipt_immediately_announces_a_delay(
    customer: Customer,
) -> None:
    receipt = await sends(customer)

    assert "задерживается" in receipt.text


async def test_the_receipt_announces_a_delay_if_the_worker_stops_later(
    customer: Customer, real_connections: Connections, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconcile, "DELAYED_AFTER_MS", 0)
    monkeypatch.setattr(reconcile, "GRACE_MS", 0)
    await real_connections.commands.set(ALIVE, 1, ex=30)
    receipt = await sends(customer)
    assert "задерживается" not in receipt.text

    await real_connections.commands.delete(ALIVE)

    await customer.sees_text("задерживается")
