"""
Messages that an earlier version sealed are read by this one: an update drops nothing in Redis.

The files stay as they are. A change of the contract gets a new version and a folder of its own.
"""

from pathlib import Path
from uuid import UUID

import pytest

from triage.cascade import Confidence, Decision
from triage.queue.messages import Codec, Job, ModelName, Outcome, QueueMessage, Timings
from triage.sealing import Seal

GOLDEN = Path(__file__).parent / "golden"

SEAL = Seal([b"c2FtcGxlIGtleSBvZiB0aGUgdGVzdHMuIDMyIGJ5dGU="])
REVIEW_ID = UUID("0198a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b")

VERSION_1: dict[str, QueueMessage] = {
    "job": Job(
        review_id=REVIEW_ID,
        rating=3,
        tags=("DELIVERY", "PRICE"),
        text="Ждали заказ два часа 🙂 <eos>",
        language="ru",
        enqueued_ms=1_764_000_000_000,
    ),
    "answered": Outcome(
        review_id=REVIEW_ID,
        model=ModelName(name="linear", version="97cedf16"),
        probabilities=tuple(n / 64 for n in range(50)),
        decision=Decision((49, 48), 0.55, Confidence.SURE),
        timings_ms=Timings(queued=12, waited=3, model=9, chart=80),
    ),
    "failed": Outcome(
        review_id=REVIEW_ID,
        model=ModelName(name="none", version="0"),
        error="killed its worker 3 times",
    ),
}


@pytest.mark.parametrize("name", VERSION_1)
def test_a_message_of_version_1_is_decoded_correctly(name: str) -> None:
    meant = VERSION_1[name]
    sealed = (GOLDEN / "messages-v1" / f"{name}.sealed").read_bytes().strip()

    assert Codec(type(meant), SEAL).decode(sealed) == meant
