"""
Send: accepts a review.

A review is accepted when its row is in the archive. If a later step fails, the reconciler repeats
it.
"""

import logging
from dataclasses import dataclass
from math import ceil

from aiogram import F, Router
from aiogram.types import CallbackQuery

from bot.archive.records import NewReview, Review
from bot.archive.reviews import Reviews
from bot.archive.text_marks import TextMarks
from bot.clock import now_ms
from bot.delivery import customer_messages
from bot.delivery.answers import AnswerSender
from bot.form.callbacks import FormTap
from bot.form.draft import Do, Draft, Step
from bot.form.review_id import new_review_id
from bot.form.session import Form
from bot.handlers import stale
from bot.metrics import BotMetrics
from bot.rate_limit import Throttle
from bot.texts import Say
from bot.toasts import toast
from triage.errors import QueueUnavailable
from triage.logs import log_context
from triage.queue.messages import Job
from triage.queue.streams import Stream

logger = logging.getLogger(__name__)

DAY_S = 24 * 3600


@dataclass(frozen=True, slots=True)
class Admission:
    """How many reviews are accepted: of one person in a minute and a day, and waiting in all."""

    reviews_per_minute: int
    reviews_per_day: int
    max_queued: int


def create_router() -> Router:
    """Return the router of the Send button."""
    router = Router(name="sending")
    router.callback_query.register(send, FormTap.filter(F.do == Do.SEND))
    return router


async def send(
    query: CallbackQuery,
    callback_data: FormTap,
    form: Form,
    say: Say,
    reviews: Reviews,
    answers: AnswerSender,
    jobs: Stream[Job],
    throttle: Throttle,
    admission: Admission,
    text_marks: TextMarks,
    metrics: BotMetrics,
) -> None:
    """Accept the review; once accepted, it will be answered."""
    draft = await form.tapped(query, callback_data.form)
    if draft is None:
        await stale.explain(query, callback_data.form, say, reviews)
        return
    if form.has_changed:
        await stale.explain_change(query, draft, form, say)
        return
    if draft.step is not Step.PREVIEW:
        await toast(query)  # the form is at another step: this was the second of two taps
        return
    refused = await _said_before(query.from_user.id, draft, say, text_marks)
    refused = refused or await _refused(query.from_user.id, say, jobs, throttle, admission)
    if refused:
        await toast(query, refused, alert=True)
        return
    review = await reviews.accept(_sent(draft, query, say))
    if not review.publishes:
        metrics.accepted()
    with log_context(review.review_id):
        await form.forget()
        place = await _publish(review, reviews, jobs)
        await answers.receipt(review.number, place)
        await toast(query)


async def _refused(
    user_id: int, say: Say, jobs: Stream[Job], throttle: Throttle, admission: Admission
) -> str:
    """Return why no review is accepted now, or nothing."""
    if await jobs.length() >= admission.max_queued:
        return say("queue-full")
    wait_s = await throttle.wait_s(
        f"reviews:{user_id}", limit=admission.reviews_per_minute, window_s=60
    )
    if wait_s:
        return say("too-fast", wait=wait_s)
    limit = admission.reviews_per_day
    wait_s = await throttle.wait_s(f"reviews-a-day:{user_id}", limit=limit, window_s=DAY_S)
    return say("too-many-a-day", limit=limit, hours=ceil(wait_s / 3600)) if wait_s else ""


async def _said_before(user_id: int, draft: Draft, say: Say, text_marks: TextMarks) -> str:
    """Return that the same text was sent before; with photos it may be sent again."""
    if draft.photos:
        return ""
    number = await text_marks.repeated(user_id, draft.text, draft.form_id, now_ms())
    return "" if number is None else say("said-before", number=str(number))


async def _publish(
    review: Review, reviews: Reviews, jobs: Stream[Job]
) -> customer_messages.QueuePlace:
    """Queue the review and return what its receipt says about the wait."""
    try:
        served = await jobs.is_read()
        place = await jobs.publish(review.job())
    except QueueUnavailable as e:
        logger.warning("review %d is accepted but not queued yet: %s", review.number, e)
        return customer_messages.Delayed()
    await reviews.published(review.number, place.entry_id)
    logger.info("review %d is accepted and queued as %s", review.number, place.entry_id)
    return customer_messages.Before(place.before) if served else customer_messages.Delayed()


def _sent(draft: Draft, query: CallbackQuery, say: Say) -> NewReview:
    assert draft.message_id is not None, "a draft that was tapped is shown in a message"
    accepted_ms = now_ms()
    return NewReview(
        review_id=new_review_id(accepted_ms),
        form_id=draft.form_id,
        user_id=query.from_user.id,
        chat_id=query.message.chat.id if query.message else query.from_user.id,
        message_id=draft.message_id,
        language=say.language,
        rating=draft.rating,
        tags=draft.tags,
        text=draft.text,
        source=draft.source,
        photos=tuple(photo.file_id for photo in draft.photos),
        accepted_ms=accepted_ms,
    )
