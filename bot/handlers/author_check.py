"""The author's own check below an answer: right or not, and what the review was about."""

from aiogram import Router
from aiogram.exceptions import TelegramBadRequest
from aiogram.types import CallbackQuery, InlineKeyboardMarkup, Message

from bot.archive.author_checks import SOMETHING_ELSE, AuthorCheck, AuthorChecks
from bot.archive.records import Review
from bot.archive.reviews import Reviews
from bot.clock import now_ms
from bot.delivery.answer_buttons import check_rows, next_classes
from bot.delivery.card_sender import CardSender
from bot.desk.case_desk import CaseDesk, Doer
from bot.desk.cases import Act
from bot.form.callbacks import AuthorSays, AuthorWord, Picture
from bot.telegram_errors import is_edit_over
from bot.texts import Say
from bot.toasts import toast
from triage.taxonomy import Taxonomy


def create_router() -> Router:
    """Return the router of these buttons."""
    router = Router(name="author check")
    router.callback_query.register(said, AuthorSays.filter())
    return router


async def said(
    query: CallbackQuery,
    callback_data: AuthorSays,
    reviews: Reviews,
    author_checks: AuthorChecks,
    desk: CaseDesk,
    card_sender: CardSender,
    taxonomy: Taxonomy,
    say: Say,
) -> None:
    """Store what the author says; callback data can be forged, so the review must be theirs."""
    review = await reviews.by_number(callback_data.number)
    if review is None or review.user_id != query.from_user.id:
        await toast(query, say("button-gone"), alert=True)
        return
    if callback_data.word is AuthorWord.AGAIN:
        await toast(query, say("check-again"))
        await _show(query, review, None, taxonomy, say)
        return
    tapped = _check(callback_data, review, taxonomy)
    check = tapped and await author_checks.put(review.number, tapped)
    if check is None:
        await toast(query, say("button-gone"), alert=True)
        return
    # The source is the same for the same opinion, also after a kill: the card is edited once.
    source = f"check:{review.number}:{check.at_ms}"
    await desk.act(review.number, Act.AUTHOR_CHECK, Doer(None, source, now_ms()))
    card_sender.wake()
    await toast(query, say(_told(check)))
    await _show(query, review, check, taxonomy, say)


def _check(tap: AuthorSays, review: Review, taxonomy: Taxonomy) -> AuthorCheck | None:
    """Return what the tap says, None if no such button is offered."""
    match tap.word:
        case AuthorWord.ABOUT:
            offered = {*next_classes(review, taxonomy), SOMETHING_ELSE}
            return AuthorCheck(False, tap.about, now_ms()) if tap.about in offered else None
        case word:
            return AuthorCheck(word is AuthorWord.RIGHT, None, now_ms())


def _told(check: AuthorCheck) -> str:
    if check.is_right:
        return "check-thanks-right"
    return "check-ask-about" if check.about is None else "check-thanks-wrong"


async def _show(
    query: CallbackQuery, review: Review, check: AuthorCheck | None, taxonomy: Taxonomy, say: Say
) -> None:
    """Replace the rows of the check; the button of the picture stays as it is."""
    if not isinstance(query.message, Message):
        return
    before = query.message.reply_markup
    kept = (
        [row for row in before.inline_keyboard if _is_picture(row[0].callback_data)]
        if before
        else []
    )
    rows = [*kept, *check_rows(review, taxonomy, say, check)]
    try:
        await query.message.edit_reply_markup(
            reply_markup=InlineKeyboardMarkup(inline_keyboard=rows)
        )
    except TelegramBadRequest as e:
        if not is_edit_over(e.message):
            raise


def _is_picture(data: str | None) -> bool:
    return (data or "").startswith(f"{Picture.__prefix__}:")
