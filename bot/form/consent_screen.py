"""The question whether reviews may be used for training, and its buttons. Pure."""

from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup
from aiogram.utils.formatting import Text

from bot.form.callbacks import TrainingConsent
from bot.form.screens import Screen
from bot.texts import Say


def consent_question(say: Say) -> Screen:
    """Return the question that follows the first answer; neither choice is the default."""
    return Screen(Text(say("consent-question")), _buttons(_yes(say), _no(say)))


def consent_state(is_given: bool | None, say: Say) -> Screen:
    """Return what a person chose, and how to change that."""
    match is_given:
        case None:
            return Screen(Text(say("consent-open")), _buttons(_yes(say), _no(say)))
        case True:
            words, button = "consent-given", _button(say("button-consent-revoke"), is_given=False)
        case _:
            words, button = "consent-refused", _button(say("button-consent-give"), is_given=True)
    return Screen(Text(say(words)), _buttons(button))


def _yes(say: Say) -> InlineKeyboardButton:
    return _button(say("button-consent-yes"), is_given=True)


def _no(say: Say) -> InlineKeyboardButton:
    return _button(say("button-consent-no"), is_given=False)


def _button(words: str, *, is_given: bool) -> InlineKeyboardButton:
    data = TrainingConsent(is_given=is_given).pack()
    return InlineKeyboardButton(text=words, callback_data=data)


def _buttons(*row: InlineKeyboardButton) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup(inline_keyboard=[list(row)])
