"""The button below an answer: the most probable classes, or all of them, in the same message."""

from aiogram import Bot, Router
from aiogram.exceptions import TelegramBadRequest
from aiogram.types import (
    BufferedInputFile,
    CallbackQuery,
    InlineKeyboardMarkup,
    InputMediaPhoto,
    MaybeInaccessibleMessageUnion,
    Message,
)

from bot.archive.author_checks import AuthorChecks
from bot.archive.case_store import CaseStore
from bot.archive.records import Review
from bot.archive.reviews import Reviews
from bot.delivery import customer_messages
from bot.delivery.answer_buttons import answer_buttons
from bot.delivery.pictures import Pictures
from bot.desk.standing import standing
from bot.form.callbacks import Picture
from bot.telegram_errors import is_edit_over
from bot.texts import Say
from bot.toasts import toast
from triage.taxonomy import Taxonomy


def create_router() -> Router:
    """Return the router of the picture button."""
    router = Router(name="picture")
    router.callback_query.register(switch, Picture.filter())
    return router


async def switch(
    query: CallbackQuery,
    callback_data: Picture,
    bot: Bot,
    reviews: Reviews,
    pictures: Pictures,
    cases: CaseStore,
    author_checks: AuthorChecks,
    taxonomy: Taxonomy,
    say: Say,
) -> None:
    """Show the other picture. Callback data can be forged, so the review must be the person's."""
    review = await reviews.by_number(callback_data.number)
    if review is None or review.user_id != query.from_user.id or query.message is None:
        await toast(query, say("button-gone"), alert=True)
        return
    every_class = callback_data.every_class
    picture = await _picture(review, pictures, say, every_class=every_class)
    if picture is None:
        await toast(query, say("button-gone"), alert=True)
        return
    checked = standing(await cases.labels(review.number)).classes
    words = customer_messages.answer(review, taxonomy, say, checked=checked)
    media = InputMediaPhoto(media=picture, **words.as_caption_kwargs())
    check = await author_checks.of(review.number)
    buttons = answer_buttons(
        review, taxonomy, say, check, checked=checked, shows_every_class=every_class
    )
    shown = await _replace(bot, query.message, media, buttons)
    if shown is not None and say.language == review.language:
        await _keep(reviews, review, shown, every_class=every_class)
    await toast(query)


async def _picture(
    review: Review, pictures: Pictures, say: Say, *, every_class: bool
) -> str | BufferedInputFile | None:
    known = review.picture_in(say.language, every_class=every_class)
    if known is not None:
        return known
    draw = pictures.every_class if every_class else pictures.answer
    png = await draw(review, say.language)
    return None if png is None else BufferedInputFile(png, "chart.png")


async def _replace(
    bot: Bot,
    message: MaybeInaccessibleMessageUnion,
    media: InputMediaPhoto,
    buttons: InlineKeyboardMarkup | None,
) -> Message | bool | None:
    """Replace the message's content; return None if it already shows this or is gone."""
    try:
        return await bot.edit_message_media(
            media, chat_id=message.chat.id, message_id=message.message_id, reply_markup=buttons
        )
    except TelegramBadRequest as e:
        if not is_edit_over(e.message):
            raise
        return None


async def _keep(
    reviews: Reviews, review: Review, shown: Message | bool, *, every_class: bool
) -> None:
    if isinstance(shown, Message) and shown.photo:
        file_id = shown.photo[-1].file_id
        await reviews.keep_picture(review.number, every_class=every_class, file_id=file_id)
