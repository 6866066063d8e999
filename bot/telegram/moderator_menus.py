"""The command menu in a moderator's private chat, which Telegram stores for each chat."""

from aiogram import Bot

from bot.telegram.profile import publish_moderator_menu
from bot.texts import Texts

# A group has fewer moderators; above this number the menus are set again.
MAX_KNOWN = 1_000


class ModeratorMenus:
    """Sets the menu of each moderator once while this process runs."""

    def __init__(self, bot: Bot, texts: Texts) -> None:
        self._bot = bot
        self._texts = texts
        self._known: set[int] = set()

    async def show_to(self, user_id: int) -> None:
        """Set the menu of a person who has just acted as a moderator; a failure is only logged."""
        if user_id in self._known:
            return
        if len(self._known) >= MAX_KNOWN:
            self._known.clear()
        self._known.add(user_id)
        await publish_moderator_menu(self._bot, self._texts, user_id)
