"""Commands outside of the form: /help, /cancel, /lang."""

from contextlib import suppress

from aiogram import Router
from aiogram.exceptions import TelegramAPIError
from aiogram.filters import Command
from aiogram.types import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Message
from aiogram.utils.formatting import Text

from bot.archive.people import People
from bot.desk.moderators import Moderators
from bot.form.callbacks import PickLanguage
from bot.form.session import Form
from bot.texts import Say, Texts
from bot.toasts import toast


def create_router() -> Router:
    """Return the router of the commands."""
    router = Router(name="commands")
    router.message.register(help_, Command("help"))
    router.message.register(cancel, Command("cancel"))
    router.message.register(choose_language, Command("lang"))
    router.callback_query.register(language_chosen, PickLanguage.filter())
    return router


async def help_(message: Message, say: Say, moderators: Moderators, moderators_say: Say) -> None:
    """Say what the bot does, and to a moderator what it does for moderators."""
    words = [say("help")]
    with suppress(TelegramAPIError):  # without an answer, only the customers' help is shown
        if await moderators.may(message.chat.id):
            words.append(moderators_say("help-moderator"))
    await message.answer("\n\n".join(words))


async def cancel(message: Message, form: Form, say: Say) -> None:
    """Delete the draft, at any step."""
    draft = await form.load()
    if draft is None:
        await message.answer(say("nothing-to-cancel"))
        return
    await form.forget()
    await form.end(draft, Text(say("form-cancelled")))
    await message.answer(say("form-cancelled"))


async def choose_language(message: Message, say: Say, texts: Texts) -> None:
    """Offer the languages, each by its own name."""
    buttons = [
        InlineKeyboardButton(
            text=speaker("language-name"), callback_data=PickLanguage(language=language).pack()
        )
        for language, speaker in texts.items()
    ]
    keyboard = InlineKeyboardMarkup(inline_keyboard=[buttons])
    await message.answer(say("language-pick"), reply_markup=keyboard)


async def language_chosen(
    query: CallbackQuery, callback_data: PickLanguage, form: Form, people: People, texts: Texts
) -> None:
    """Store the language, and show an open form in it."""
    await people.choose_language(query.from_user.id, callback_data.language)
    say = texts[callback_data.language]
    await toast(query, say("language-set"))
    spoken = form.spoken(say)
    draft = await spoken.load()
    if draft is not None:
        await spoken.show(draft)
