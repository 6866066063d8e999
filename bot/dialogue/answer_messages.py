"""Messages about customers' answers: those to the customers, and those to the team. Pure."""

from collections.abc import Sequence

from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup
from aiogram.utils.formatting import BlockQuote, Bold, Text, as_list

from bot.archive.dialogue_records import DialogueMessage, MessageKind
from bot.desk.inert import inert
from bot.dialogue.customer_route import UNDECIDED_MS
from bot.dialogue.dialogue_taps import CustomerAct, DialogueTap, MeaningTap
from bot.form.screens import Screen
from bot.texts import Say


def in_group(message: DialogueMessage, say: Say) -> Text:
    """Return a customer's answer as the group reads it, with nothing in it that can be tapped."""
    number = str(message.number)
    if message.kind is MessageKind.UNSOLVED:
        return Text(Bold(say("case-unsolved", number=number)))
    title = Bold(say("case-answer", number=number))
    return as_list(title, BlockQuote(inert(message.text))) if message.text else Text(title)


def invitation(number: int, say: Say) -> Screen:
    """Return what a customer reads after a tap on Reply."""
    data = DialogueTap(act=CustomerAct.STOP, number=number).pack()
    button = InlineKeyboardButton(text=say("button-answer-stop"), callback_data=data)
    keyboard = InlineKeyboardMarkup(inline_keyboard=[[button]])
    return Screen(Text(say("answer-invitation", number=str(number))), keyboard)


def question(message: DialogueMessage, numbers: Sequence[int], say: Say) -> Screen:
    """Return the question whether a message is an answer or a new review."""

    def button(words: str, number: int) -> list[InlineKeyboardButton]:
        data = MeaningTap(row=message.id, number=number).pack()
        return [InlineKeyboardButton(text=words, callback_data=data)]

    is_text = message.kind is MessageKind.TEXT
    key = "answer-question" if is_text else "answer-question-photo"
    rows = [
        *(button(say("button-answer-on", number=str(number)), number) for number in numbers),
        button(say("button-new-review" if is_text else "button-answer-drop"), 0),
    ]
    minutes = UNDECIDED_MS // 60_000
    words = say(key, number=str(message.number), minutes=minutes)
    return Screen(Text(words), InlineKeyboardMarkup(inline_keyboard=rows))
