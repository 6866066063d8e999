"""
The form: from /start to the preview.

Thin: each handler loads the draft, lets `bot.form.draft` decide, stores and shows the result. A
person's text is stored before it is answered.
"""

import re
from dataclasses import replace

from aiogram import F, Router
from aiogram.filters import CommandObject, CommandStart
from aiogram.types import CallbackQuery, Message
from aiogram.utils.formatting import Text

from bot.archive.reviews import Reviews
from bot.form.callbacks import FormTap
from bot.form.draft import Do, Draft, FormPart, has_left_step_of, rewritten, tapped, written
from bot.form.refused_rest import is_refused_rest, remember_refused
from bot.form.session import Form
from bot.form.validation import COMMAND, Empty, Refusal, clean, refusal
from bot.handlers import stale
from bot.rate_limit import Throttle
from bot.texts import Say
from bot.toasts import toast

# The payloads that Telegram allows in a deep link
# (https://core.telegram.org/bots/features#deep-linking). Other words after /start are the person's
# own and are not stored.
SOURCE = re.compile(r"[A-Za-z0-9_-]{1,64}")


def create_router() -> Router:
    """Return the router of the form."""
    router = Router(name="review")
    router.message.register(start, CommandStart())
    router.callback_query.register(cancel, FormTap.filter(F.do == Do.CANCEL))
    router.callback_query.register(tap, FormTap.filter())
    router.message.register(write, F.text, ~F.text.regexp(COMMAND), ~F.forward_origin)
    router.edited_message.register(rewrite, F.text, ~F.forward_origin)
    return router


async def start(message: Message, command: CommandObject, form: Form, say: Say) -> None:
    """Start a form, or show the open one; a deep link's payload is stored as source."""
    draft = await form.load_or_begin()
    if draft.message_id is None:
        await message.answer(say("start"))
    if command.args and SOURCE.fullmatch(command.args):
        draft = replace(draft, source=command.args)
    await form.show_below(draft)


async def tap(
    query: CallbackQuery, callback_data: FormTap, form: Form, say: Say, reviews: Reviews
) -> None:
    """Change the draft by a button."""
    draft = await form.tapped(query, callback_data.form)
    if draft is None:
        await stale.explain(query, callback_data.form, say, reviews)
        return
    if form.has_changed:
        await stale.explain_change(query, draft, form, say)
        return
    if has_left_step_of(draft, callback_data.do):
        await toast(query)  # the second of two taps on a step that the first one has left
        return
    after = tapped(draft, callback_data.do, callback_data.value, form.taxonomy)
    if after is None:  # a rating or topic of an earlier taxonomy: show those of this one
        await form.show(draft)
        await toast(query, say("button-gone"), alert=True)
        return
    if after != draft:
        await form.keep(after)
        await form.show(after)
    await toast(query)


async def cancel(
    query: CallbackQuery, callback_data: FormTap, form: Form, say: Say, reviews: Reviews
) -> None:
    """Delete the draft."""
    draft = await form.tapped(query, callback_data.form)
    if draft is None:
        await stale.explain(query, callback_data.form, say, reviews)
        return
    await form.forget()
    await form.end(draft, Text(say("form-cancelled")))
    await toast(query)


async def write(message: Message, form: Form, say: Say, throttle: Throttle) -> None:
    """Add a text to the draft, at any step; start a draft if there is none."""
    if await is_refused_rest(message.chat.id, message.date, throttle):
        return
    refused = await take(FormPart(message.message_id, clean(message.text or "")), form, say)
    if refused:
        await remember_refused(message.chat.id, message.date, message.text or "", throttle)
        await message.reply(refused)


async def take(part: FormPart, form: Form, say: Say) -> str:
    """Add a text to the draft and show it; return why it is refused, or nothing."""
    after = written(await form.load_or_begin(), part, form.taxonomy)
    refused = refused_text(part, after, form.limit, say)
    if not refused:
        await form.keep(after)
        await form.show_below(after)
    return refused


async def rewrite(
    message: Message, form: Form, say: Say, was_known: bool, reviews: Reviews
) -> None:
    """
    Apply the edit of an earlier message to the draft that it is part of.

    Only if the earlier words are known, the person is told that the edit changes nothing.
    """
    draft = await form.load()
    part = FormPart(message.message_id, clean(message.text or ""))
    after = draft and rewritten(draft, part)
    if after is None and was_known:
        await explain_late_edit(message, draft, say, reviews)
    if after is None or after == draft:
        return
    refused = refused_text(part, after, form.limit, say)
    if refused:
        await message.reply(refused)
        return
    await form.keep(after)
    await form.show(after)


async def explain_late_edit(
    message: Message, draft: Draft | None, say: Say, reviews: Reviews
) -> None:
    """
    Say that an edit changes nothing.

    Which messages a sent review consists of is not stored: without an open form, the first review
    accepted after the message is named.
    """
    if draft is not None:
        await message.reply(say("text-edited-late"))
        return
    written_ms = int(message.date.timestamp() * 1000)
    theirs = await reviews.of(message.chat.id)
    later = [review.number for review in theirs if review.accepted_ms >= written_ms]
    key = "text-edited-sent" if later else "text-edited-no-form"
    await message.reply(say(key, number=str(min(later, default=0))))


def refused_text(part: FormPart, after: Draft, limit: int, say: Say) -> str:
    """Return why the message, or the whole text with it, is refused; or nothing."""
    alone = refusal(part.text, limit)
    if alone:
        return _why(alone, say, "text-too-long")
    together = refusal(after.text, limit)
    return _why(together, say, "text-too-long-joined") if together else ""


def _why(reason: Refusal, say: Say, too_long: str) -> str:
    if isinstance(reason, Empty):
        return say("text-empty")
    return say(too_long, length=reason.length, limit=reason.limit)
