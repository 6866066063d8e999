"""The moderators' desk in a conversation: a review with its card, replies below it."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.archive.case_store import CaseStore, Stored
from bot.archive.desk_records import Case, CaseEvent, CaseState
from bot.clock import now_ms
from bot.desk.cases import Act, decide
from sandbox.simulated_people import Customer, Moderator
from sandbox.telegram.message import ChatMessage
from sandbox.telegram.user import User
from tests.conversation.dialogue import TEXT, sends
from triage.queue.messages import ModelName, Outcome
from triage.queue.stream_factory import job_stream, outcome_stream
from triage.queue.streams import Connections
from triage.sealing import Seal

# The account that Telegram shows in place of an anonymous admin, and that of a channel.
GROUP_BOT = User(1_087_968_824, "Group", username="GroupAnonymousBot", is_bot=True)
CHANNEL_BOT = User(136_817_688, "Channel", username="Channel_Bot", is_bot=True)

# Sends a review of a customer and returns its card in the group.
SendsReview = Callable[..., Awaitable[ChatMessage]]


async def answer_without_model(connections: Connections, seal: Seal) -> None:
    """Answer the next job as a worker without a model would."""
    jobs, outcomes = job_stream(connections, seal), outcome_stream(connections, seal)
    await jobs.create_group()
    [delivery] = await jobs.read(1, 5000)
    nobody = ModelName(name="none", version="0")
    outcome = Outcome(review_id=delivery.message.review_id, model=nobody, error="a test")
    await jobs.settle(delivery.entry_id, outcomes.entry(outcome))


@dataclass(frozen=True)
class Desk:
    """Two people on either side of the bot."""

    customer: Customer
    moderator: Moderator
    connections: Connections
    seal: Seal

    async def card(self, text: str = TEXT, customer: Customer | None = None) -> ChatMessage:
        """Send a review and return its card."""
        await sends(customer or self.customer, text)
        await answer_without_model(self.connections, self.seal)
        return await self.moderator.sees_text(text)

    async def delivered(self, text: str) -> ChatMessage:
        """Wait until the customer has a reply with this text, and return it."""
        return await self.customer.sees_text(text)

    def pushes(self, message: ChatMessage, kind: str = "message") -> None:
        """Let the bot get a message that no simulated person could write."""
        chat = self.moderator.chat
        self.moderator.world.updates.push(kind, chat.render(message))

    async def reply_of(self, text: str, card: ChatMessage) -> tuple[ChatMessage, ChatMessage]:
        """Reply to a card and return the copy at the customer and the status in the group."""
        await self.moderator.says(text, reply_to=card)
        copy = await self.delivered(text)
        return copy, await self.moderator.sees_text("✓")


def numbers_in(text: str) -> list[int]:
    """Return the numbers in a text."""
    return [int(found) for found in re.findall(r"\d+", text)]


def said_by_bot(person: Customer | Moderator, part: str) -> list[ChatMessage]:
    """Return the bot's messages that hold `part`."""
    return [m for m in person.messages if m.sender == person.world.bot and part in m.text]


async def act(cases: CaseStore, number: int, what: Act) -> None:
    """Change a case as a tap on its card does."""
    before, now = await cases.case(number), now_ms()
    after = decide(before, what, 7, now)
    assert isinstance(after, Case)
    event = CaseEvent(what, f"test:{number}:{after.version}", now, 7)
    assert await cases.change(before, after, event) is Stored.DONE


async def is_in(cases: CaseStore, number: int, state: CaseState) -> Case:
    """Wait until a case is in a state, and return it."""
    async with asyncio.timeout(10):
        while (case := await cases.case(number)).state is not state:
            await asyncio.sleep(0.01)
    return case
