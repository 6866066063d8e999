"""The answer to a tap on a button of a form that has ended, moved on or changed."""

from aiogram.types import CallbackQuery

from bot.archive.reviews import Reviews
from bot.form.draft import Draft
from bot.form.session import Form
from bot.texts import Say
from bot.toasts import toast


async def explain(query: CallbackQuery, form_id: str, say: Say, reviews: Reviews) -> None:
    """Say whether the review was sent or the form has ended; answers a double tap on Send too."""
    review = await reviews.by_form(form_id)
    if review is None:
        await toast(query, say("form-gone"), alert=True)
    else:
        await toast(query, say("already-sent", number=str(review.number)))


async def explain_change(query: CallbackQuery, draft: Draft, form: Form, say: Say) -> None:
    """Show a draft that the company's new ratings or topics have changed, and say so."""
    await form.keep(draft)
    await form.show(draft)
    await toast(query, say("form-changed"), alert=True)
