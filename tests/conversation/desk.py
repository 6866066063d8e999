"""A worker's answers by hand, and what tests say of cards."""

from collections.abc import Sequence
from dataclasses import dataclass

from sandbox.simulated_people import Customer, Moderator
from sandbox.telegram.message import ChatMessage
from tests.bot.samples import MODEL, TAXONOMY, probabilities
from tests.conversation.dialogue import TEXT, sends
from tests.sandbox.pictures import png
from triage.cascade import Ladder, decide
from triage.queue.messages import Outcome
from triage.queue.stream_factory import job_stream, outcome_stream
from triage.queue.streams import Connections
from triage.sealing import Seal

# Two classes that the model finds likely, and one that it hardly does.
SHARES = ((3, 0.8), (5, 0.45), (8, 0.2))

LADDER = Ladder(fallback="most_probable")


def title(*classes: int) -> str:
    """Return what a button or a card calls a set of classes."""
    return " + ".join(TAXONOMY.title(class_id, "ru") for class_id in classes)


@dataclass(frozen=True)
class Answering:
    """Answers jobs as a worker does."""

    connections: Connections
    seal: Seal

    async def next_job(self, shares: Sequence[tuple[int, float]] = SHARES) -> None:
        """Answer the next job with these probabilities; without any, with a failure."""
        jobs = job_stream(self.connections, self.seal)
        outcomes = outcome_stream(self.connections, self.seal)
        await jobs.create_group()
        [delivery] = await jobs.read(1, 5000)
        review_id = delivery.message.review_id
        if shares:
            known = probabilities(*shares)
            decision = decide(known, TAXONOMY.ids, LADDER)
            outcome = Outcome(
                review_id=review_id, model=MODEL, probabilities=known, decision=decision
            )
        else:
            outcome = Outcome(review_id=review_id, model=MODEL, error="too long for the model")
        await jobs.settle(delivery.entry_id, outcomes.entry(outcome, png().data if shares else b""))

    async def card(
        self,
        customer: Customer,
        moderator: Moderator,
        text: str = TEXT,
        shares: Sequence[tuple[int, float]] = SHARES,
    ) -> ChatMessage:
        """Send a review, answer it, and return its card."""
        await sends(customer, text)
        await self.next_job(shares)
        return await moderator.sees_text(text)


def buttons(message: ChatMessage) -> list[str]:
    """Return what the buttons below a message say."""
    return [button.text for button in message.buttons]
