"""
Removes a person's dialogue and photos from the group, and the dialogue from their private chat.

Also removes the expired dialogues and photos of all people from the group.

Telegram lets a bot delete a message for 48 hours, and a moderator's message only if the bot is an
administrator. The bot's older messages are emptied by an edit. Other people's messages that it
cannot delete are listed in the group, so that members delete them. In a moderator's private chat,
where messages have no links, the bot replies to each. May be interrupted and repeated.
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest, TelegramForbiddenError
from aiogram.utils.formatting import Text

from bot.archive.dialogue import Dialogue
from bot.archive.dialogue_records import DialogueMessage, Direction
from bot.archive.photo_store import PhotoStore, ShownPhoto
from bot.desk.message_link import message_link
from bot.dialogue.group_post import GroupPost
from bot.dialogue.message_clearing import SentMessage, clear_message
from bot.form.screens import Screen
from bot.texts import Say, Texts
from triage.review import Language

logger = logging.getLogger(__name__)

# Links in one message; the others are counted.
LINKED = 20


@dataclass(frozen=True, slots=True)
class DialogueErasure:
    """Clears messages, with the objects that this needs."""

    bot: Bot
    dialogue: Dialogue
    photos: PhotoStore
    post: GroupPost
    texts: Texts
    moderators_say: Say

    async def clear(self, user_id: int, up_to: int, language: Language) -> int:
        """
        Clear every message about the person's reviews up to a number, and every photo of these
        reviews in the group, also those that are sent meanwhile.

        Return how many of the team's messages are out of reach; the team is asked to delete them.
        """
        cleared: set[SentMessage] = set()
        left: list[SentMessage] = []
        # Several prepared answers may have been sent from one list.
        while fresh := dict.fromkeys(
            m for m in await self._messages(user_id, up_to) if m not in cleared
        ):
            for message in fresh:
                mine = message.chat_id == user_id
                say = self.texts[language] if mine else self.moderators_say
                cleared_it = await clear_message(self.bot, message, say("dialogue-erased"))
                if not cleared_it and not mine:
                    left.append(message)
            cleared |= set(fresh)
        await self._ask(left)
        return len(left)

    async def clear_expired(self, before_ms: int, limit: int) -> bool:
        """
        Clear and delete some photos of expired reviews, and some messages from before then.

        The customers' own chats stay. Return whether there were any.
        """
        photos = await self.photos.expired_messages(limit)
        for photo in photos:
            await self._clear_expired(_photo_message(photo), "photo-expired")
            await self.photos.delete([photo.photo_id])
        messages = await self.dialogue.expired(before_ms, limit)
        for message in messages:
            for place in _group_places(message):
                await self._clear_expired(place, "dialogue-expired")
            await self.dialogue.delete(message.id)
        return bool(photos or messages)

    async def _clear_expired(self, message: SentMessage, key: str) -> None:
        if not await clear_message(self.bot, message, self.moderators_say(key)):
            # A moderator's own message usually stays: Telegram deletes only new ones for the bot.
            logger.log(
                logging.WARNING if message.is_bots else logging.INFO,
                "message %d of chat %d is expired and out of reach; if it is still there, delete "
                "it by hand",
                message.message_id,
                message.chat_id,
            )

    async def _messages(self, user_id: int, up_to: int) -> list[SentMessage]:
        known = await self.dialogue.of(user_id)
        return [
            *(
                place
                for message in known
                if message.number <= up_to
                for place in _places(message, user_id)
            ),
            *map(_photo_message, await self.photos.messages_of(user_id, up_to)),
        ]

    async def _ask(self, left: Sequence[SentMessage]) -> None:
        """Ask people to delete what the bot cannot, in the chats that they see."""
        for message in left:
            if message.is_private:
                words = self.moderators_say("dialogue-out-of-reach-here")
                await self._say(message.chat_id, words, message.message_id)
        in_groups, chat_id = [m for m in left if not m.is_private], await self.post.chat_id()
        if not in_groups or chat_id is None:
            return
        found = (message_link(m.chat_id, m.message_id) for m in in_groups[:LINKED])
        links = " ".join(filter(None, found))
        words = self.moderators_say("dialogue-out-of-reach", count=len(in_groups), links=links)
        await self._say(chat_id, words, None)

    async def _say(self, chat_id: int, words: str, reply_to: int | None) -> None:
        try:
            await self.post.say(chat_id, Screen(Text(words)), reply_to)
        except (TelegramBadRequest, TelegramForbiddenError) as e:
            logger.warning("chat %d could not be asked to delete messages: %s", chat_id, e.message)


def _photo_message(photo: ShownPhoto) -> SentMessage:
    """Return the message of the group that shows a photo."""
    return SentMessage(photo.chat_id, photo.message_id, has_file=True, is_bots=True, is_photo=True)


def _places(message: DialogueMessage, user_id: int) -> Iterator[SentMessage]:
    yield from _group_places(message)
    if message.customer_message_id is not None and message.direction is not Direction.IN:
        has_file = message.file_id is not None
        yield SentMessage(user_id, message.customer_message_id, has_file, is_bots=True)


def _group_places(message: DialogueMessage) -> Iterator[SentMessage]:
    if message.group_chat_id is None:
        return
    if message.group_message_id is not None:
        where = (message.group_chat_id, message.group_message_id)
        has_file = message.file_id is not None
        yield SentMessage(*where, has_file, is_bots=message.is_bots_in_group)
    if message.status_message_id is not None:
        where = (message.group_chat_id, message.status_message_id)
        yield SentMessage(*where, has_file=False, is_bots=True)
