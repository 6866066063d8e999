"""What whoever runs the product is told: bad settings, the doctors, health, backup and restore."""

import asyncio
import sys

import pytest

from sandbox.server import Server
from sandbox.simulated_people import Customer
from sandbox.telegram.world import RegisteredWebhook
from tests.conversation.dialogue import sends
from tests.e2e.processes import Installation
from tests.ports import free_port

pytestmark = [
    pytest.mark.redis,
    pytest.mark.timeout(180),
    pytest.mark.xdist_group("processes"),
]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"BOT_TOKEN": "1:wrong"}, "Telegram refuses BOT_TOKEN; ask @BotFather"),
        ({"MODERATORS_CHAT_ID": "-100404"}, "The bot cannot find this group. Add it"),
    ],
)
async def test_an_unknown_token_or_group_gives_a_one_line_error_with_the_remedy(
    installation: Installation, settings: dict[str, str], words: str
) -> None:
    asked = (installation.ask("bot", *command, **settings) for command in ((), ("doctor",)))
    for code, said in await asyncio.gather(*asked):
        assert code == 1, said
        assert "Traceback" not in said
        [line] = [line for line in said.splitlines() if line.startswith(("bot: ", "WRONG "))]
        assert words in line


async def says_in_the_end(installation: Installation, part: str, words: str) -> bool:
    """Ask for the health until it is as expected: an answer is shown before it is settled."""
    async with asyncio.timeout(60):
        while True:
            code, said = await installation.ask(part, "health")
            assert code == 0, said
            if words in said:
                return True


async def test_a_sound_installation_is_healthy_and_backup_and_restore_work(
    installation: Installation, telegram: Server
) -> None:
    installation.start("bot")
    installation.start("worker")
    await asyncio.wait_for(telegram.world.updates.polled.wait(), 60)
    customer = Customer(telegram.world)
    await sends(customer)
    await customer.sees_text("прочитан", timeout_s=60)

    for part, words in (("bot", "0 answers wait"), ("worker", "0 jobs wait")):
        assert await says_in_the_end(installation, part, f"{part}: healthy. {words}")
        code, said = await installation.ask(part, "doctor")
        assert code == 0, said
        assert "WRONG" not in said

    code, said = await installation.ask("bot", "backup", "backup")
    assert code == 0, said
    assert "1 reviews, texts encrypted" in said
    assert "Store it elsewhere" in said
    backup = said.splitlines()[0].partition("/archive.db")[0]
    anew = {"DATABASE_URL": "sqlite+aiosqlite:///new/a.db", "TRIAGE_KEY_FILE": "new/key"}
    code, said = await installation.ask("bot", "restore", backup, **anew)
    assert (code, said.splitlines()[0]) == (0, "restored 1 reviews; you can start the bot now")
    code, said = await installation.ask("bot", "restore", backup)
    assert code == 1
    assert said.startswith("bot: archive sqlite")
    assert "is not empty: it has rows in" in said


async def test_doctor_reports_why_the_webhook_gets_no_updates(
    installation: Installation, telegram: Server
) -> None:
    url = f"http://127.0.0.1:{free_port()}/telegram"
    telegram.world.webhook = RegisteredWebhook(url, "secret", 1)
    await Customer(telegram.world).says("/start")
    async with asyncio.timeout(20):
        while telegram.world.webhook_error is None:
            await asyncio.sleep(0.05)
    code, said = await installation.ask(
        "bot", "doctor", WEBHOOK_URL=url, WEBHOOK_SECRET="secret", BOT_PORT="1"
    )
    assert code == 1
    [line] = [line for line in said.splitlines() if line.startswith("WRONG ")]
    assert line.startswith(f"WRONG updates: Telegram cannot reach the webhook {url} (")


async def test_the_health_command_loads_no_large_libraries() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        "import sys, bot.console.health, worker.console.health;"
        "print({'aiogram', 'torch', 'numpy', 'matplotlib'} & set(sys.modules))",
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await process.communicate()
    assert said.decode().strip() == "set()"
