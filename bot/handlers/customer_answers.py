"""Customers' answers to the team: stored, confirmed, and never treated as a new review."""

from contextlib import suppress

from aiogram import F, Router
from aiogram.dispatcher.event.bases import SkipHandler
from aiogram.filters import CommandStart
from aiogram.types import CallbackQuery, Message

from bot.archive.dialogue_records import DialogueMessage, Direction, MessageKind, SendState
from bot.dialogue.answer_desk import AnswerDesk, excess
from bot.dialogue.answer_messages import invitation, question
from bot.dialogue.customer_route import AskWhich, ToCase, ToForm
from bot.dialogue.dialogue_taps import CustomerAct, DialogueTap, MeaningTap
from bot.dialogue.reply_rules import Words
from bot.dialogue.written_words import words_of
from bot.form.draft import FormPart
from bot.form.refused_rest import is_refused_rest, remember_refused
from bot.form.session import Form
from bot.form.validation import COMMAND
from bot.handlers.fallback import MEDIA
from bot.handlers.form import take
from bot.rate_limit import Throttle
from bot.texts import Say
from bot.toasts import replace_message, toast
from triage.errors import QueueUnavailable

# Messages that one person may pass on in a minute; the group has room for 20 in all.
ANSWERS_A_MINUTE = 10

ALBUM_S = 60


def create_router() -> Router:
    """Return the router of answers, before the one of the form."""
    router = Router(name="answers")
    router.message.register(leave, CommandStart())
    router.message.register(answer, F.text, ~F.text.regexp(COMMAND))
    router.message.register(answer, F.content_type.in_(MEDIA))
    router.edited_message.register(edited)
    router.callback_query.register(decide, MeaningTap.filter())
    router.callback_query.register(begin, DialogueTap.filter(F.act == CustomerAct.REPLY))
    router.callback_query.register(stop, DialogueTap.filter(F.act == CustomerAct.STOP))
    return router


async def leave(message: Message, answer_desk: AnswerDesk) -> None:
    """Treat the messages after /start as a review."""
    await answer_desk.answering.end(message.chat.id)
    raise SkipHandler


async def answer(
    message: Message, form: Form, say: Say, answer_desk: AnswerDesk, throttle: Throttle
) -> None:
    """Pass a message on to the team, ask what it is, or leave it to the form."""
    where = await answer_desk.route(message, has_draft=await form.load() is not None)
    words = words_of(message)
    is_media = words.kind not in (MessageKind.TEXT, MessageKind.PHOTO)
    if isinstance(where, ToForm) or (isinstance(where, AskWhich) and is_media):
        raise SkipHandler
    is_asked = isinstance(where, AskWhich)
    if is_asked and await is_refused_rest(message.chat.id, message.date, throttle):
        return
    refused = await _refused(message, words, say, throttle, may_split=not is_asked)
    if refused:
        await message.reply(refused)
        return
    match where:
        case ToCase(number):
            await _pass_on(message, words, number, say, answer_desk, throttle)
        case AskWhich(numbers):
            asked = await answer_desk.store(message, words, numbers[0], SendState.ASKED)
            if asked is not None:
                screen = question(asked, numbers, say)
                await message.reply(**screen.text.as_kwargs(), reply_markup=screen.buttons)


async def _refused(
    message: Message, words: Words, say: Say, throttle: Throttle, *, may_split: bool
) -> str:
    """Return why a message is not passed on, or nothing; `may_split`: a long text is passed on."""
    if words.kind not in (MessageKind.TEXT, MessageKind.PHOTO):
        return say("answer-unsupported")
    too_long = excess(words)
    if too_long is not None and not (may_split and words.kind is MessageKind.TEXT):
        await remember_refused(message.chat.id, message.date, message.text or "", throttle)
        return say("answer-too-long", length=too_long[0], limit=too_long[1])
    wait_s = 0
    with suppress(QueueUnavailable):
        wait_s = await throttle.wait_s(
            f"answers:{message.chat.id}", limit=ANSWERS_A_MINUTE, window_s=60
        )
    return say("answer-too-fast", wait=wait_s) if wait_s else ""


async def _pass_on(
    message: Message,
    words: Words,
    number: int,
    say: Say,
    answer_desk: AnswerDesk,
    throttle: Throttle,
) -> None:
    if not await answer_desk.pass_on(message, words, number):
        await message.reply(say("answer-erased"))
        return
    await answer_desk.begin(message.chat.id, number)  # people split an answer over messages
    album = message.media_group_id
    key = f"album-answer:{message.chat.id}:{album}"
    if album is None or await throttle.first(key, window_s=ALBUM_S):
        await message.reply(say("answer-passed", number=str(number)))


async def edited(message: Message, say: Say, answer_desk: AnswerDesk) -> None:
    """Pass the edit of an answer on to the group; leave other edits to the form."""
    seen = await answer_desk.dialogue.at_customer(message.chat.id, message.message_id)
    if seen is None or seen.direction is not Direction.IN or seen.state is SendState.CANCELLED:
        raise SkipHandler
    words = words_of(message)
    too_long = excess(words)
    if too_long is not None:
        length, limit = too_long
        await message.reply(say("answer-edit-too-long", length=length, limit=limit))
        return
    if not await answer_desk.edited(seen, words):
        await message.reply(say("answer-edit-in-parts"))


async def begin(
    query: CallbackQuery, callback_data: DialogueTap, say: Say, answer_desk: AnswerDesk
) -> None:
    """Let the person's next message answer the team."""
    if not await answer_desk.begin(query.from_user.id, callback_data.number):
        await toast(query, say("answer-erased"), alert=True)
        return
    await toast(query)
    if query.message is not None:
        screen = invitation(callback_data.number, say)
        await query.message.answer(**screen.text.as_kwargs(), reply_markup=screen.buttons)


async def stop(query: CallbackQuery, say: Say, answer_desk: AnswerDesk) -> None:
    """Stop treating the person's next message as an answer."""
    await answer_desk.answering.end(query.from_user.id)
    await toast(query)
    await replace_message(query, say("answer-stopped"))


async def decide(
    query: CallbackQuery, callback_data: MeaningTap, form: Form, say: Say, answer_desk: AnswerDesk
) -> None:
    """Pass a message on as an answer, add it to the form, or do neither."""
    dialogue, user_id = answer_desk.dialogue, query.from_user.id
    seen = await dialogue.by_id(callback_data.row)
    if seen is None or seen.by_id != user_id or seen.state is not SendState.ASKED:
        await toast(query, say("answer-decided"))
        return
    words = await (
        _answers(query, seen.id, callback_data.number, say, answer_desk)
        if callback_data.number
        else _is_review(query, seen, form, say, answer_desk)
    )
    await toast(query)
    if words:
        await replace_message(query, words)


async def _answers(
    query: CallbackQuery, row: int, number: int, say: Say, answer_desk: AnswerDesk
) -> str:
    if not await answer_desk.begin(query.from_user.id, number):
        return say("answer-erased")
    held = {"state": SendState.HELD, "number": number}
    if await answer_desk.dialogue.change(row, start=[SendState.ASKED], **held) is None:
        return say("answer-decided")
    answer_desk.bringer.wake()
    return say("answer-passed", number=str(number))


async def _is_review(
    query: CallbackQuery, seen: DialogueMessage, form: Form, say: Say, answer_desk: AnswerDesk
) -> str:
    """Add the text to the form before it leaves the archive, so that it is never lost."""
    key = "answer-dropped"
    if seen.kind is MessageKind.TEXT:
        assert seen.customer_message_id is not None, "a customer wrote it"
        refused = await take(FormPart(seen.customer_message_id, seen.text), form, say)
        if refused:
            await toast(query, refused, alert=True)  # the question stays
            return ""
        key = "answer-became-review"
    cancelled = {"state": SendState.CANCELLED, "text": "", "file_id": None}
    await answer_desk.dialogue.change(seen.id, start=[SendState.ASKED], **cancelled)
    return say(key)
