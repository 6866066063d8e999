"""Sends one message of the desk: a card, a digest, a line with a link; records nothing."""

import logging
from collections.abc import Sequence

from aiogram import Bot
from aiogram.exceptions import TelegramAPIError, TelegramBadRequest
from aiogram.types import BufferedInputFile, InlineKeyboardMarkup, Message
from aiogram.utils.formatting import Text

from bot.archive.groups import GroupPlace
from bot.archive.link_store import DueLink
from bot.archive.records import Review
from bot.delivery.card_editor import CardEditor
from bot.delivery.pictures import Pictures
from bot.desk import cards
from bot.desk.message_link import message_link
from bot.desk.route_messages import link_line
from bot.telegram_errors import is_about_the_group
from bot.texts import Say
from triage.taxonomy import Taxonomy

logger = logging.getLogger(__name__)


class CardPost:
    """Sends what moderators read, in the richest form that Telegram accepts."""

    def __init__(
        self, bot: Bot, pictures: Pictures, taxonomy: Taxonomy, say: Say, editor: CardEditor
    ) -> None:
        self._bot = bot
        self._pictures = pictures
        self._taxonomy = taxonomy
        self._say = say
        self._editor = editor

    async def card(self, review: Review, place: GroupPlace) -> tuple[Message, int]:
        """
        Send the card with its picture; if Telegram refuses that, its text; then one line.

        Return the message, and the version of the case that it shows.
        """
        text, buttons, version = await self._editor.content(review)
        photo = await self._picture(review)
        if photo is not None:
            try:
                return await self._bot.send_photo(
                    place.chat_id,
                    photo,
                    message_thread_id=place.thread_id,
                    **text.as_caption_kwargs(),
                    reply_markup=buttons,
                ), version
            except TelegramBadRequest as e:
                raise_if_the_group_refuses(e)
                logger.warning("card of review %d has no picture: %s", review.number, e.message)
        try:
            return await self._text(text, place, buttons), version
        except TelegramBadRequest as e:
            raise_if_the_group_refuses(e)
            logger.warning("card of review %d is sent as one line: %s", review.number, e.message)
        return await self._text(cards.commands([review]), place), version

    async def digest(self, listed: Sequence[Review], place: GroupPlace) -> Message:
        """Send a digest; if Telegram refuses that, only its commands."""
        try:
            return await self._text(cards.digest(listed, self._taxonomy, self._say), place)
        except TelegramBadRequest as e:
            raise_if_the_group_refuses(e)
            logger.warning("a digest is sent as a list of commands: %s", e.message)
        return await self._text(cards.commands(listed), place)

    async def link(self, link: DueLink, review: Review, classes: Sequence[int]) -> Message:
        """Send the line that leads from another topic to the card."""
        text = self.line(review, classes, message_link(link.chat_id, link.card_id))
        return await self._text(text, GroupPlace(link.chat_id, link.thread_id))

    def line(self, review: Review, classes: Sequence[int], url: str) -> Text:
        """Return the line that leads to the card at `url`."""
        return link_line(review, classes, url, self._taxonomy, self._say)

    async def _text(
        self, text: Text, place: GroupPlace, buttons: InlineKeyboardMarkup | None = None
    ) -> Message:
        return await self._bot.send_message(
            place.chat_id,
            message_thread_id=place.thread_id,
            **text.as_kwargs(),
            reply_markup=buttons,
        )

    async def _picture(self, review: Review) -> str | BufferedInputFile | None:
        found = await self._pictures.of_card(review, self._say.language)
        return BufferedInputFile(found, "chart.png") if isinstance(found, bytes) else found


def raise_if_the_group_refuses(error: TelegramAPIError) -> None:
    """Raise the error again if the group is the problem and not the message."""
    if is_about_the_group(error.message):
        raise error
