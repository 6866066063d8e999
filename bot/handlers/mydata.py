"""A person's rights over what is stored of them: to see it, and to have it erased."""

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import (
    BufferedInputFile,
    CallbackQuery,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    Message,
)
from aiogram.utils.formatting import Text

from bot.archive.bans import Bans
from bot.archive.case_store import CaseStore
from bot.archive.export_log import ExportLog
from bot.archive.people import People
from bot.archive.reviews import Reviews
from bot.dialogue.answer_desk import AnswerDesk
from bot.form.callbacks import Forget
from bot.form.session import Form
from bot.privacy.author_files import AuthorFiles
from bot.privacy.erasure import Erasure
from bot.privacy.export import export
from bot.seen_messages import SeenMessages
from bot.telegram.slots import slot_released
from bot.texts import Say
from bot.toasts import toast
from triage.taxonomy import Taxonomy


def create_router() -> Router:
    """Return the router of /mydata and /forget."""
    router = Router(name="mydata")
    router.message.register(show, Command("mydata"))
    router.message.register(ask, Command("forget"))
    router.callback_query.register(decide, Forget.filter())
    return router


async def show(
    message: Message,
    form: Form,
    say: Say,
    reviews: Reviews,
    people: People,
    cases: CaseStore,
    taxonomy: Taxonomy,
    answer_desk: AnswerDesk,
    export_log: ExportLog,
    author_files: AuthorFiles,
) -> None:
    """Send everything stored of the person as a file."""
    user_id = message.chat.id  # a private chat has the id of its person
    theirs = await reviews.of(user_id)
    stored = export(
        user_id,
        await people.language(user_id),
        theirs,
        await form.load(),
        taxonomy,
        say.language,
        say.zone,
        await answer_desk.dialogue.of(user_id),
        await author_files.of(user_id, [review.number for review in theirs]),
        {review.number: await cases.labels(review.number) for review in theirs},
        await export_log.times_of(user_id),
    )
    document = BufferedInputFile(stored, "mydata.json")
    await message.answer_document(document, caption=say("mydata"))


async def ask(message: Message, say: Say, reviews: Reviews) -> None:
    """Ask whether to erase; it cannot be undone."""
    count = len(await reviews.of(message.chat.id))
    buttons = [
        InlineKeyboardButton(
            text=say("button-forget"), callback_data=Forget(sure=True).pack(), style="danger"
        ),
        InlineKeyboardButton(text=say("button-keep"), callback_data=Forget(sure=False).pack()),
    ]
    keyboard = InlineKeyboardMarkup(inline_keyboard=[buttons])
    await message.answer(say("forget-ask", count=count), reply_markup=keyboard)


async def decide(
    query: CallbackQuery,
    callback_data: Forget,
    form: Form,
    say: Say,
    erasure: Erasure,
    bans: Bans,
    seen_messages: SeenMessages,
) -> None:
    """Erase, or leave everything as it is."""
    if not callback_data.sure:
        await _say(query, say("forget-kept"))
        return
    draft = await form.load()
    await form.forget()
    await seen_messages.forget(query.from_user.id)
    if draft is not None:
        await form.end(draft, Text(say("form-cancelled")))
    async with slot_released():  # it takes as long as Telegram lets edit the group's messages
        forgotten = await erasure.forget(query.from_user.id, had_draft=draft is not None)
    words = say("forget-done", count=forgotten.reviews)
    if await bans.of(query.from_user.id) is not None:
        words += "\n\n" + say("forget-ban-stays")
    if forgotten.out_of_reach:
        words += "\n\n" + say("forget-out-of-reach", count=forgotten.out_of_reach)
    if forgotten.exported:
        words += "\n\n" + say("forget-exported", count=forgotten.exported)
    await _say(query, words)


async def _say(query: CallbackQuery, words: str) -> None:
    await toast(query)
    if isinstance(query.message, Message):
        await query.message.edit_text(words)
