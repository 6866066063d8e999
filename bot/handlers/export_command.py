"""/export of a lead: labels for training, as a file in the private chat."""

from aiogram import Router
from aiogram.filters import Command, CommandObject
from aiogram.types import Message

from bot.desk.moderators import Rights
from bot.handlers.desk_commands import DeskCommand, FromDesk
from bot.private_desk.export_file import parse_request
from bot.private_desk.export_sender import ExportSender
from bot.telegram.slots import slot_released


def create_router() -> Router:
    """Return the router of /export; it comes before those of customers."""
    router = Router(name="export_command")
    router.message.register(export, Command("export"), FromDesk())
    return router


async def export(
    _: Message, command: CommandObject, asked: DeskCommand, export_sender: ExportSender
) -> None:
    """Send the file, or say what is missing."""
    request = parse_request(command.args or "")
    async with asked.in_private() as user_id:
        if user_id is None:
            return
        if asked.rights < Rights.LEAD:
            await asked.tell(user_id, "export-leads-only")
        elif request is None:
            await asked.tell(user_id, "export-help")
        else:
            async with slot_released():  # decrypting many texts takes a while
                await export_sender.send(user_id, request)
