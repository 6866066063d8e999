"""One program polls at a time."""

import asyncio

import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramConflictError
from aiogram.methods import GetUpdates

from bot.errors import AlreadyPolled
from bot.leases import PREFIX, Leases
from bot.telegram import single_poller
from triage.queue.streams import Connections

# A machine that stands still for two thirds of it robs a holder who renews, so none too short.
LEASE_S = 1.0


@pytest.fixture
def leases(fake_connections: Connections) -> Leases:
    return Leases(fake_connections.commands, LEASE_S)


async def test_a_second_poller_is_refused_with_a_one_line_error(bot: Bot, leases: Leases) -> None:
    async with single_poller.hold_poll_lease(bot, leases) as lease:
        keeping = asyncio.create_task(lease.keep())
        with pytest.raises(AlreadyPolled, match="stop it first") as caught:
            async with single_poller.hold_poll_lease(bot, leases):
                pytest.fail("two would steal each other's updates")
        keeping.cancel()
    assert "\n" not in str(caught.value)


async def test_a_poller_starts_when_the_lease_of_a_killed_one_has_expired(
    bot: Bot, leases: Leases
) -> None:
    await leases.lease(single_poller.duties_lease(bot)).take()  # and nobody renews it
    async with single_poller.hold_poll_lease(bot, leases):
        pass


async def test_pollers_of_different_bots_do_not_conflict(bot: Bot, leases: Leases) -> None:
    async with (
        single_poller.hold_poll_lease(bot, leases),
        single_poller.hold_poll_lease(Bot("7:OTHER", bot.session), leases),
    ):
        pass


async def test_a_poller_that_lost_its_lease_stops(
    bot: Bot, leases: Leases, fake_connections: Connections
) -> None:
    async with single_poller.hold_poll_lease(bot, leases) as lease:
        await fake_connections.commands.set(
            f"{PREFIX}{single_poller.duties_lease(bot)}", "another's token"
        )
        with pytest.raises(AlreadyPolled, match="this one stops"):
            await asyncio.wait_for(single_poller.keep_poll_lease(lease), 5)


class Polls:
    """Answers polls: False is a conflict."""

    def __init__(self, *answers: bool) -> None:
        self._answers = iter(answers)

    async def __call__(self, bot: Bot, method: GetUpdates) -> list[object]:
        if next(self._answers):
            return []
        raise TelegramConflictError(method, "Conflict: terminated by other getUpdates request")


async def _polled(conflicts: single_poller.PollConflicts, bot: Bot, *answers: bool) -> None:
    polls = Polls(*answers)
    for answer in answers:
        if answer:
            await conflicts(polls, bot, GetUpdates())
        else:
            with pytest.raises(TelegramConflictError):
                await conflicts(polls, bot, GetUpdates())


async def test_two_consecutive_conflicts_are_reported_as_another_program(bot: Bot) -> None:
    conflicts = single_poller.PollConflicts()
    await _polled(conflicts, bot, False, False)
    with pytest.raises(AlreadyPolled, match=r"another program .* \(.*Conflict: terminated by"):
        await asyncio.wait_for(conflicts.watch(), 10)


async def test_conflicts_separated_by_a_successful_poll_are_ignored(bot: Bot) -> None:
    conflicts = single_poller.PollConflicts()
    await _polled(conflicts, bot, False, True, False)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(conflicts.watch(), 0.05)
