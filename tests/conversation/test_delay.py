"""What a customer is told while nobody reads reviews."""

import pytest

from bot import reconcile
from sandbox.people import Customer
from tests.conversation.dialogue import sends
from triage.limits import JOBS, WORKERS
from triage.streams import Connections


async def worker_comes(connections: Connections) -> None:
    """Leave the mark of a worker that is there; it runs out like a worker's."""
    await connections.commands.set(f"{JOBS}:{WORKERS}:alive", 1, px=1000)


async def test_without_a_worker_the_receipt_says_so_at_once(customer: Customer) -> None:
    receipt = await sends(customer)

    assert "задерживается" in receipt.text


async def test_a_worker_that_goes_away_later_is_told_under_the_receipt(
    customer: Customer, real_connections: Connections, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconcile, "DELAYED_AFTER_MS", 0)
    monkeypatch.setattr(reconcile, "GRACE_MS", 0)
    await worker_comes(real_connections)
    receipt = await sends(customer)
    assert "задерживается" not in receipt.text

    await customer.sees_text("задерживается")
