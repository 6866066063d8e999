"""A person's rights over their stored data: to see it, and to have it erased."""

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

from bot.archive.case_store import CaseStore
from bot.archive.export_log import ExportLog
from bot.archive.people import People
from bot.archive.reviews import Reviews
from bot.desk.cases import Act
from bot.dialogue.answer_desk import AnswerDesk
from bot.form.callbacks import Forget
from bot.form.session import Form
from bot.privacy.author_files import AuthorFiles
from bot.privacy.erasure_queue import ErasureQueue
from bot.privacy.export import export
from bot.seen_messages import SeenMessages
from bot.texts import Say
from bot.toasts import replace_message, toast
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
    """Send all stored data of the person as a file."""
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
        {review.number: await cases.times_of(review.number, Act.SOLVED) for review in theirs},
    )
    document = BufferedInputFile(stored, "mydata.json")
    await message.answer_document(document, caption=say("mydata"))


async def ask(message: Message, say: Say, reviews: Reviews, erasures: ErasureQueue) -> None:
    """Ask whether to erase; it cannot be undone."""
    if await erasures.is_under_way(message.chat.id):
        await message.answer(say("forget-under-way"))
        return
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
    erasures: ErasureQueue,
    seen_messages: SeenMessages,
) -> None:
    """Begin the erasure, or leave everything as it is."""
    user_id, message = query.from_user.id, query.message
    assert message is not None, "the router takes buttons of private chats only"
    # First, because it reads Redis: if that fails, nothing has been started.
    draft = await form.load()
    if callback_data.sure:
        form_id = draft.form_id if draft else None
        request = await erasures.ask(user_id, message.message_id, say.language, form_id)
    else:
        request = await erasures.of(user_id, message.message_id)
    if request is not None and request.message_id != message.message_id:
        await toast(query, say("forget-under-way"), alert=True)
        return
    if request is None:
        words = await erasures.result(user_id, say) if callback_data.sure else say("forget-kept")
        await _end(query, words)
        return
    # A draft that was begun later is not part of the request.
    is_draft_gone = draft is not None and draft.form_id == request.form_id
    if is_draft_gone:
        await form.forget()
    await seen_messages.forget(user_id)
    await toast(query)
    await erasures.show(request)
    if draft is not None and is_draft_gone:
        await form.end(draft, Text(say("form-cancelled")))


async def _end(query: CallbackQuery, words: str) -> None:
    await toast(query)
    await replace_message(query, words)
