"""/export of a lead: labels for training, as a file in the private chat."""

from aiogram import Bot, Router
from aiogram.filters import Command, CommandObject
from aiogram.types import Message

from bot.desk.moderators import Rights
from bot.handlers.desk_commands import FromDesk, in_private
from bot.private_desk.export_file import parse_request
from bot.private_desk.export_sender import ExportSender
from bot.telegram.moderator_menus import ModeratorMenus
from bot.telegram.slots import slot_released
from bot.texts import Say


def create_router() -> Router:
    """Return the router of /export; it comes before those of customers."""
    router = Router(name="export_command")
    router.message.register(export, Command("export"), FromDesk())
    return router


async def export(
    message: Message,
    command: CommandObject,
    rights: Rights,
    bot: Bot,
    export_sender: ExportSender,
    menus: ModeratorMenus,
    moderators_say: Say,
) -> None:
    """Send the file, or say what is missing."""
    request = parse_request(command.args or "")
    async with in_private(message, rights, bot, menus, moderators_say) as user_id:
        if user_id is None:
            return
        if rights < Rights.LEAD:
            await bot.send_message(user_id, moderators_say("export-leads-only"))
        elif request is None:
            await bot.send_message(user_id, moderators_say("export-help"))
        else:
            async with slot_released():  # opening many texts takes a while
                await export_sender.send(user_id, request)
