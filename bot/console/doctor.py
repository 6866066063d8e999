"""
python -m bot doctor: checks everything that the bot needs, and reports each problem.

It changes nothing (no table is created or migrated), so it may run while the bot runs.
"""

import asyncio
from collections.abc import Container
from pathlib import Path

from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import (
    TelegramAPIError,
    TelegramBadRequest,
    TelegramNotFound,
    TelegramUnauthorizedError,
)

from bot.archive.groups import GroupPlace, effective_place, topic_problem
from bot.archive.inspection import check_writable, contents
from bot.console.update_check import check_update_intake
from bot.errors import BotError, TelegramRefuses
from bot.settings import BotSettings
from bot.telegram.connect_code import code_of
from bot.telegram.group_rights import find_obstacle
from bot.texts import load_texts
from triage.atomic_file import is_writable
from triage.checks import CheckResult, check_key_file, check_redis, run_check
from triage.command_line import print_results
from triage.errors import BadKey, BadSeal, TriageError
from triage.key_file import read_seal
from triage.settings import read_valid, secret_value
from triage.taxonomy import load_taxonomy

# A person at a terminal will not wait longer.
CALL_TIMEOUT_S = 10

# In place of refused settings that have no valid default.
STAND_INS = {"bot_token": "0:none", "webhook_secret": "none"}

# No ephemeral message has this id.
NO_MESSAGE = 2**31 - 1


def doctor() -> int:
    """Print a line for each refused setting and each check; return 0 if all pass, otherwise 1."""
    settings, refused = read_valid(BotSettings, STAND_INS)
    wrong = [CheckResult(False, line) for line in refused.values()]
    return print_results([*wrong, *asyncio.run(_examine(settings, refused))])


async def _examine(settings: BotSettings, refused: Container[str]) -> list[CheckResult]:
    """Check all but what needs a refused setting."""
    archive, stored = await _examine_archive(settings)
    place = effective_place(stored, settings.moderators_chat_id)
    return [
        _examine_key(settings.triage_key_file),
        archive,
        *([] if "redis_url" in refused else [await check_redis(settings)]),
        await run_check(lambda: _classes(settings), TriageError),
        *([] if "bot_token" in refused else await _examine_telegram(settings, place)),
    ]


def _examine_key(path: Path) -> CheckResult:
    """Check whether the key can be read, or created at the first start."""
    if path.exists() or not is_writable(path.parent):
        return check_key_file(path)
    return CheckResult(True, f"key file {path}: will be created at the first start")


async def _examine_archive(settings: BotSettings) -> tuple[CheckResult, GroupPlace | None]:
    """Return the result, and the group that is connected in the archive."""
    try:
        held = await contents(
            settings.database_url.get_secret_value(), secret_value(settings.database_password)
        )
        await check_writable(
            settings.database_url.get_secret_value(), secret_value(settings.database_password)
        )
    except BotError as e:
        return CheckResult(False, str(e)), None
    if held.newest_sealed is None:
        return CheckResult(True, "archive: no reviews yet"), held.moderators
    try:
        read_seal(settings.triage_key_file).open(held.newest_sealed)
    except (BadKey, BadSeal):
        remedy = f"restore {settings.triage_key_file} from its backup"
        return CheckResult(False, f"archive: was encrypted with another key; {remedy}"), None
    return CheckResult(True, "archive: the key decrypts it"), held.moderators


async def _classes(settings: BotSettings) -> str:
    return f"{len(load_taxonomy(settings.taxonomy_file).ids)} classes"


async def _examine_telegram(settings: BotSettings, place: GroupPlace | None) -> list[CheckResult]:
    api = TelegramAPIServer.from_base(settings.telegram_api_url)
    session = AiohttpSession(api=api, timeout=CALL_TIMEOUT_S)
    bot = Bot(settings.bot_token.get_secret_value(), session)
    try:
        known = await run_check(lambda: _name(bot), BotError)
        if not known.ok:
            return [known]
        return [
            known,
            await _intake(bot, settings.webhook_url),
            await run_check(lambda: _group(bot, place), BotError),
            *await _panels(bot, place, settings.desk_panel),
        ]
    finally:
        await session.close()


async def _name(bot: Bot) -> str:
    try:
        return f"Telegram knows the bot as @{(await bot.me()).username}"
    except TelegramUnauthorizedError:
        raise TelegramRefuses(
            "Telegram refuses BOT_TOKEN; ask @BotFather for the right one"
        ) from None
    except TelegramAPIError as e:
        raise TelegramRefuses(f"Telegram cannot be reached: {e}; check the network") from None


async def _intake(bot: Bot, webhook_url: str) -> CheckResult:
    try:
        return check_update_intake(await bot.get_webhook_info(), webhook_url)
    except TelegramAPIError as e:
        return CheckResult(False, f"updates: Telegram does not report the webhook: {e}; try again")


async def _group(bot: Bot, place: GroupPlace | None) -> str:
    if place is None:
        name = (await bot.me()).username
        return f"no moderators' group yet: add @{name} to it and send there /connect@{name} " + (
            code_of(bot.token)
        )
    obstacle = await find_obstacle(bot, place.chat_id)
    if obstacle is not None:
        raise TelegramRefuses(f"moderators' group {place.chat_id}: {load_texts()['en'](obstacle)}")
    if place.refusal is not None:
        raise TelegramRefuses(f"moderators' group {place.chat_id}: {topic_problem(place.refusal)}")
    return f"moderators' group {place.chat_id}: the bot may write there"


async def _panels(bot: Bot, place: GroupPlace | None, desk_panel: str) -> list[CheckResult]:
    """Check whether the Bot API server supports messages that only one member sees."""
    if place is None or desk_panel != "group":
        return []
    return [await run_check(lambda: _ephemeral(bot, place.chat_id), BotError)]


async def _ephemeral(bot: Bot, chat_id: int) -> str:
    """Try to delete a message that does not exist, so that nothing is changed."""
    try:
        await bot.delete_ephemeral_message(chat_id, bot.id, NO_MESSAGE)
    except TelegramNotFound:
        raise TelegramRefuses(
            "DESK_PANEL=group: this Bot API server has no ephemeral messages (Bot API 10.2), so "
            "panels open in private chats; update the server or set DESK_PANEL=private"
        ) from None
    except TelegramBadRequest:
        pass  # the server has the method
    except TelegramAPIError as e:
        raise TelegramRefuses(f"DESK_PANEL=group: cannot be checked: {e}") from None
    return "DESK_PANEL=group: the Bot API server supports ephemeral messages"
