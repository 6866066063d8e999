"""How a group becomes the moderators' group, from within Telegram."""

import asyncio
import logging

import pytest

from bot.app import serve
from bot.errors import TelegramRefuses
from bot.settings import BotSettings
from bot.telegram.connect_code import code_of
from sandbox.server import Server
from sandbox.simulated_people import Customer, Moderator, SimulatedPerson
from sandbox.telegram.chat import Membership
from sandbox.telegram.group_acts import migrate
from sandbox.telegram.world import MODERATORS_CHAT_ID
from tests.conversation.dialogue import sends
from triage.queue.messages import ModelName, Outcome
from triage.queue.stream_factory import job_stream, outcome_stream
from triage.queue.streams import Connections
from triage.sealing import Seal

pytestmark = pytest.mark.redis

OTHER_GROUP = MODERATORS_CHAT_ID - 1

SECRET_WORDS = "Курьер уронил заказ на лестнице"


@pytest.fixture
def settings(settings: BotSettings) -> BotSettings:
    """Return settings as after the first start, which name no group."""
    return settings.model_copy(update={"moderators_chat_id": None, "moderators_language": "en"})


@pytest.fixture
def code(telegram: Server) -> str:
    return code_of(telegram.world.token)


async def has_answers(connections: Connections, seal: Seal) -> None:
    """Answer the next job as a worker without a model would."""
    jobs = job_stream(connections, seal)
    outcomes = outcome_stream(connections, seal)
    await jobs.create_group()
    [delivery] = await jobs.read(1, 5000)
    nobody = ModelName(name="none", version="0")
    outcome = Outcome(review_id=delivery.message.review_id, model=nobody, error="a test")
    await jobs.settle(delivery.entry_id, outcomes.entry(outcome))


async def test_the_code_connects_the_group_and_cards_appear_there(
    bot: None,
    telegram: Server,
    code: str,
    customer: Customer,
    moderator: Moderator,
    real_connections: Connections,
    seal: Seal,
) -> None:
    await sends(customer)
    await has_answers(real_connections, seal)
    await customer.sees_text("прочитает и человек")

    await moderator.says(f"/connect@{telegram.world.bot.username} {code}")

    await moderator.sees_text("Connected. New reviews will appear here.")
    await moderator.sees_text("No. 1 ·")


@pytest.mark.parametrize("said", ["/connect", "/connect 123456abcdef", "/connect ключ"])
async def test_a_wrong_code_does_not_connect_the_group(
    bot: None, moderator: Moderator, code: str, said: str
) -> None:
    await moderator.says(said)
    await moderator.sees_text("Wrong code")
    await moderator.says(f"/connect {code}")
    await moderator.sees_text("Connected.")


async def test_a_second_group_is_refused_even_with_the_code(
    bot: None, telegram: Server, moderator: Moderator, code: str
) -> None:
    await moderator.says(f"/connect {code}")
    await moderator.sees_text("Connected.")
    telegram.world.add_group("Others", OTHER_GROUP)
    stranger = Moderator(telegram.world, "Mallory", chat_id=OTHER_GROUP)

    await stranger.says(f"/connect {code}")
    await stranger.sees_text("Another group is already connected")
    await moderator.says(f"/connect {code}")
    await moderator.sees_text("This group is already connected")


async def test_an_unconnected_group_never_sees_a_review(
    bot: None, telegram: Server, customer: Customer, moderator: Moderator, code: str
) -> None:
    telegram.world.add_group("Others", OTHER_GROUP)
    stranger = Moderator(telegram.world, "Mallory", chat_id=OTHER_GROUP)
    await sends(customer, SECRET_WORDS)
    await tries(stranger, times_before=0)
    await moderator.says(f"/connect {code}")
    await moderator.sees_text("Connected.")
    await tries(stranger, times_before=1)

    said = [message.text for message in stranger.messages if message.sender.is_bot]
    assert len(said) == 2, said
    assert all(text.startswith("Wrong code.") for text in said)
    await moderator.says("/r1")
    await moderator.sees_text(SECRET_WORDS)


async def tries(stranger: Moderator, *, times_before: int) -> None:
    """Ask for what only moderators see, and wait until all of it was handled, the last included."""
    for said in ("/r1", "/queue", "/r1@feedback_triage_bot", "/connect 0"):
        await stranger.says(said)
    async with asyncio.timeout(20):
        while sum(message.sender.is_bot for message in stranger.messages) <= times_before:
            await asyncio.sleep(0.02)


async def test_wrong_codes_are_rate_limited(bot: None, moderator: Moderator, code: str) -> None:
    for _ in range(5):
        await moderator.says("/connect 0")
    await moderator.says(f"/connect {code}")
    await moderator.sees_text("Too fast. Please wait")
    assert not any("Connected." in message.text for message in moderator.messages)


async def test_the_rate_limit_of_wrong_codes_is_announced_once(
    bot: None, moderator: Moderator
) -> None:
    for _ in range(15):
        await moderator.says("/connect 0")
    await moderator.says("/chatid")
    await moderator.sees_text("This group:")
    said = [m.text for m in moderator.messages if m.sender.is_bot]
    assert sum(text.startswith("Too fast") for text in said) == 1
    assert len(said) == 7, said


async def test_a_bot_that_is_added_to_a_group_says_how_to_connect_it(
    bot: None, telegram: Server, moderator: Moderator, code: str
) -> None:
    for standing in (Membership.LEFT, Membership.MEMBER):
        telegram.world.set_membership(moderator.chat, moderator.user, standing)
    hello = await moderator.sees_text("send the code from the bot's log")
    assert code not in hello.text
    await moderator.says("/chatid")
    await moderator.sees_text(f"MODERATORS_CHAT_ID={MODERATORS_CHAT_ID}")


async def starts(
    settings: BotSettings, telegram: Server, connections: Connections, seal: Seal
) -> asyncio.Task[None]:
    task = asyncio.create_task(serve(settings, connections, seal))
    polled = asyncio.create_task(telegram.world.updates.polled.wait())
    await asyncio.wait({task, polled}, return_when=asyncio.FIRST_COMPLETED, timeout=10)
    return task


async def test_the_connected_group_is_known_after_a_restart(
    bot: None,
    settings: BotSettings,
    telegram: Server,
    real_connections: Connections,
    seal: Seal,
    moderator: Moderator,
    code: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await moderator.says(f"/connect {code}")
    await moderator.sees_text("Connected.")
    caplog.clear()

    again = asyncio.create_task(serve(settings, real_connections, seal))
    await asyncio.sleep(0.5)
    assert not again.done()
    again.cancel()
    await asyncio.wait({again})

    assert "no moderators' group is connected" not in caplog.text


async def test_the_code_is_logged_while_no_group_is_connected(
    settings: BotSettings,
    telegram: Server,
    real_connections: Connections,
    seal: Seal,
    code: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.WARNING)
    task = await starts(settings, telegram, real_connections, seal)
    task.cancel()
    await asyncio.wait({task})

    assert f"/connect@{telegram.world.bot.username} {code}" in caplog.text


async def test_a_configured_group_that_does_not_exist_gives_a_one_line_error(
    settings: BotSettings, telegram: Server, real_connections: Connections, seal: Seal
) -> None:
    wrong = settings.model_copy(update={"moderators_chat_id": -100777})
    with pytest.raises(TelegramRefuses) as caught:
        await serve(wrong, real_connections, seal)
    assert str(caught.value).startswith("MODERATORS_CHAT_ID: moderators' group -100777: The bot")
    assert "\n" not in str(caught.value)


async def test_a_group_that_removed_the_bot_is_logged_and_the_bot_keeps_running(
    settings: BotSettings,
    telegram: Server,
    real_connections: Connections,
    seal: Seal,
    caplog: pytest.LogCaptureFixture,
) -> None:
    telegram.world.chats[MODERATORS_CHAT_ID].membership = Membership.KICKED
    named = settings.model_copy(update={"moderators_chat_id": MODERATORS_CHAT_ID})
    task = await starts(named, telegram, real_connections, seal)
    assert not task.done()
    task.cancel()
    await asyncio.wait({task})

    assert "The bot is not in the group. Add it to the group." in caplog.text


async def test_a_group_that_becomes_a_supergroup_keeps_its_commands_and_cards(
    bot: None,
    telegram: Server,
    code: str,
    customer: Customer,
    moderator: Moderator,
    real_connections: Connections,
    seal: Seal,
) -> None:
    await moderator.says(f"/connect {code}")
    await moderator.sees_text("Connected.")
    group = migrate(telegram.world, moderator.user, moderator.chat, OTHER_GROUP)
    after = SimulatedPerson(telegram.world, moderator.user, group)  # their updates keep the order

    await after.says("/queue")  # before any card has found the new id
    await after.sees_text("Waiting to be read")
    await sends(customer)
    await has_answers(real_connections, seal)
    await after.sees_text("No. 1 ·")


async def test_a_command_to_the_old_group_is_answered_in_the_supergroup(
    bot: None, telegram: Server, code: str, moderator: Moderator
) -> None:
    await moderator.says(f"/connect {code}")
    await moderator.sees_text("Connected.")
    telegram.world.add_group("Supergroup", OTHER_GROUP)
    moderator.chat.migrated_to = OTHER_GROUP  # and no update has said so yet
    after = Moderator(telegram.world, "Nick", chat_id=OTHER_GROUP)

    await moderator.says("/r7")
    await after.sees_text("There is no review No. 7")
    await after.says("/queue")
    await after.sees_text("Waiting to be read")
