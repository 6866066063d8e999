"""/queue: the state of the queue, for moderators."""

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import Message

from bot.archive.reviews import Reviews
from bot.clock import now_ms
from bot.desk import cards
from bot.privacy.erasure_queue import ErasureQueue
from bot.texts import Say
from triage.errors import QueueUnavailable
from triage.queue.backlog import read_backlog
from triage.queue.served_models import read_served_models
from triage.queue.streams import Connections

LATELY_MIN = 5


def create_router() -> Router:
    """Return the router of /queue."""
    router = Router(name="queue")
    router.message.register(show, Command("queue"))
    return router


async def show(
    message: Message,
    connections: Connections,
    lease_s: float,
    reviews: Reviews,
    erasures: ErasureQueue,
    moderators_say: Say,
) -> None:
    """Show how many reviews wait and how long, the workers, and how many were answered lately."""
    try:
        backlog = await read_backlog(connections.commands, lease_s)
        models = await read_served_models(connections.commands)
    except QueueUnavailable:
        await message.reply(moderators_say("queue-unknown"))
        return
    now = now_ms()
    lately = await reviews.count_answered(now - LATELY_MIN * 60_000, now)
    passed_over = await reviews.count_passed_over()
    words = cards.queue(
        backlog,
        lately,
        LATELY_MIN,
        moderators_say,
        passed_over=passed_over,
        models=models,
        erasures=await erasures.counts(),
    )
    await message.reply(**words.as_kwargs())
