"""The short answer to a tap at the desk, at most 200 characters. Pure."""

from bot.archive.desk_records import Case
from bot.desk.case_desk import Acted, ActRefused, ActResult, Overtaken, TooLate
from bot.desk.case_view import CaseView
from bot.desk.cases import LEASE_MS, Why
from bot.desk.desk_taps import DeskButton
from bot.form.validation import clipped
from bot.texts import Say

# https://core.telegram.org/bots/api#answercallbackquery
TOAST_LENGTH = 200

_DONE = {
    DeskButton.TAKE: "take",
    DeskButton.TAKE_OVER: "take",
    DeskButton.CLOSE: "close",
    DeskButton.REOPEN: "reopen",
    DeskButton.SPAM: "spam",
    DeskButton.NOT_SPAM: "not-spam",
    DeskButton.UNDO: "undo",
}


def desk_toast(
    result: ActResult,
    button: DeskButton,
    view: CaseView,
    now_ms: int,
    say: Say,
    *,
    classes: str = "",
) -> str:
    """
    Return the toast for the tapper; empty for a repeated tap.

    `view` names the people of the case in `result`; `classes` are what was saved.
    """
    return clipped(_words(result, button, view, now_ms, say, classes), TOAST_LENGTH)


def _words(
    result: ActResult, button: DeskButton, view: CaseView, now_ms: int, say: Say, classes: str
) -> str:
    match result:
        case Acted() if button in _DONE:
            return say(f"desk-done-{_DONE[button]}")
        case Acted():
            return say("desk-saved", classes=classes)
        case ActRefused(case, Why.TAKEN):
            return _taken(case, view, now_ms, say)
        case ActRefused(case, why):
            return say(f"desk-refused-{why}")
        case Overtaken(case) if button is DeskButton.TAKE and case.owner_id is not None:
            is_theirs = case.owner_id == result.tapper_id
            return say("desk-refused-yours") if is_theirs else _taken(case, view, now_ms, say)
        case Overtaken(case, tapper_id, actor_id):
            state = say(f"desk-state-{case.state}")
            if actor_id in (None, tapper_id):
                return say("desk-outdated", state=state)
            return say("desk-overtaken", name=view.name(actor_id, say), state=state)
        case TooLate():
            return say("desk-too-late")
        case _:
            return ""


def _taken(case: Case, view: CaseView, now_ms: int, say: Say) -> str:
    since_ms = now_ms - ((case.lease_ms or now_ms) - LEASE_MS)
    name = view.name(case.owner_id, say)
    return say("desk-taken", name=name, minutes=max(0, since_ms) // 60_000)
