import asyncio
from pathlib import Path

import pytest

from bot.settings import BotSettings
from sandbox import stack
from sandbox.errors import StackFailed
from sandbox.simulated_people import Customer
from tests.worker.folders import write_model


async def test_bot_and_worker_run_until_the_context_exits(tmp_path: Path) -> None:
    async with stack.running(tmp_path, model=write_model(tmp_path / "model")) as running:
        customer = Customer(running.world, "Ann", "en")
        await customer.says("/start")
        menu = running.world.menu.shown('{"type": "all_private_chats"}', "en")

        assert (await customer.sees_text("Rate us")).sender == running.world.bot
        assert "start" in [command.name for command in menu]
    assert {task.get_name() for task in asyncio.all_tasks()}.isdisjoint({"bot", "worker"})


async def test_a_worker_start_failure_ends_the_context_with_its_reason(tmp_path: Path) -> None:
    with pytest.raises(StackFailed, match=r"the worker ended: .*manifest\.json"):
        async with stack.running(tmp_path, model=tmp_path / "missing"):
            pytest.fail("there is nothing to run")


async def test_a_service_that_exits_ends_the_context_immediately() -> None:
    async def ends() -> None:
        await asyncio.sleep(0.01)

    async def goes_on() -> None:
        await asyncio.sleep(60)

    with pytest.raises(StackFailed, match="the worker ended: without an error"):
        async with stack.background_services({"bot": goes_on(), "worker": ends()}):
            await asyncio.sleep(60)


async def test_an_error_inside_the_context_is_raised_unchanged() -> None:
    async def goes_on() -> None:
        await asyncio.sleep(60)

    with pytest.raises(ZeroDivisionError):
        async with stack.background_services({"bot": goes_on()}):
            raise ZeroDivisionError


def test_sandbox_settings_ignore_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEXT_LIMIT", "11")
    monkeypatch.setenv("MODERATORS_CHAT_ID", "5")

    settings = stack.defaults_of(BotSettings, bot_token="1:x")

    assert (settings.text_limit, settings.moderators_chat_id) == (300, None)
