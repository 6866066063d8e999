"""One person's form: stored encrypted and shown in their chat. Decides nothing."""

import logging
import secrets
from dataclasses import replace

from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery
from aiogram.utils.formatting import Text
from pydantic import TypeAdapter, ValidationError

from bot.form import screens
from bot.form.draft import Draft, begun, fitted
from bot.telegram_errors import is_unmodified
from bot.texts import Say
from triage.taxonomy import Taxonomy

logger = logging.getLogger(__name__)

_DRAFT = TypeAdapter(Draft)

# The form's id identifies the review, so two forms must never have the same id.
FORM_ID_BYTES = 12


class Form:
    """Loads, stores and shows the draft of the person whose update is being handled."""

    def __init__(
        self, bot: Bot, state: FSMContext, say: Say, taxonomy: Taxonomy, *, limit: int
    ) -> None:
        self._bot = bot
        self._chat_id = state.key.chat_id
        self._state = state
        self._say = say
        self.taxonomy = taxonomy
        self.limit = limit
        self.has_changed = False

    async def load(self) -> Draft | None:
        """
        Return the draft as the taxonomy allows it, and set `has_changed` if that differs.

        A draft of an earlier version of the form counts as none.
        """
        kept = await self._state.get_value("draft")
        try:
            stored = None if kept is None else _DRAFT.validate_python(kept)
        except ValidationError:
            return None
        draft = stored and fitted(stored, self.taxonomy)
        self.has_changed = draft != stored
        return draft

    async def load_or_begin(self) -> Draft:
        """Return the draft, or an empty one with a new id."""
        return await self.load() or begun(secrets.token_urlsafe(FORM_ID_BYTES), self.taxonomy)

    async def tapped(self, query: CallbackQuery, form_id: str) -> Draft | None:
        """
        Return the draft if it is the one that the tapped button names.

        The form continues in the tapped message: after a time-out the bot may not know its id.
        """
        draft = await self.load()
        if draft is None or draft.form_id != form_id or query.message is None:
            return None
        return replace(draft, message_id=query.message.message_id)

    def spoken(self, say: Say) -> "Form":
        """Return the same form in another language."""
        return Form(self._bot, self._state, say, self.taxonomy, limit=self.limit)

    async def keep(self, draft: Draft) -> None:
        """Store the draft."""
        await self._state.set_data({"draft": _DRAFT.dump_python(draft, mode="json")})

    async def forget(self) -> None:
        """Delete the draft."""
        await self._state.clear()

    async def show(self, draft: Draft) -> None:
        """Show the draft in its message, or in a new one if that message was deleted."""
        screen = screens.form(draft, self.taxonomy, self._say, limit=self.limit)
        if draft.message_id is None or not await self._edit(draft.message_id, screen):
            await self.show_below(draft)

    async def show_below(self, draft: Draft) -> None:
        """Show the draft in a new message; the old one becomes a summary without buttons."""
        screen = screens.form(draft, self.taxonomy, self._say, limit=self.limit)
        sent = await self._bot.send_message(
            self._chat_id, **screen.text.as_kwargs(), reply_markup=screen.buttons
        )
        before = draft.message_id
        await self.keep(replace(draft, message_id=sent.message_id))
        if before is not None:
            await self._edit(before, screens.moved_on(draft, self.taxonomy, self._say))

    async def end(self, draft: Draft, words: Text) -> None:
        """Replace the form's message by `words`, without buttons."""
        if draft.message_id is not None:
            await self._edit(draft.message_id, screens.Screen(words))

    async def _edit(self, message_id: int, screen: screens.Screen) -> bool:
        """Return whether the message now shows `screen`."""
        try:
            await self._bot.edit_message_text(
                chat_id=self._chat_id,
                message_id=message_id,
                **screen.text.as_kwargs(),
                reply_markup=screen.buttons,
            )
        except TelegramBadRequest as e:
            logger.info("form message not edited: %s", e.message)
            return is_unmodified(e.message)
        return True
