"""The buttons below "your review is closed": solved, or not solved."""

from aiogram import F, Router
from aiogram.types import CallbackQuery

from bot.dialogue.answer_desk import AnswerDesk
from bot.dialogue.dialogue_taps import CustomerAct, DialogueTap
from bot.texts import Say
from bot.toasts import replace_message, toast


def create_router() -> Router:
    """Return the router of these buttons."""
    router = Router(name="closing")
    router.callback_query.register(solved, DialogueTap.filter(F.act == CustomerAct.SOLVED))
    router.callback_query.register(unsolved, DialogueTap.filter(F.act == CustomerAct.UNSOLVED))
    return router


async def solved(
    query: CallbackQuery, callback_data: DialogueTap, say: Say, answer_desk: AnswerDesk
) -> None:
    """Thank the customer."""
    number = callback_data.number
    if query.message and await _is_theirs(query, number, say, answer_desk):
        source = f"solved:{query.from_user.id}:{query.message.message_id}"
        await answer_desk.turns.solved(number, source)
        await _end(query, say("closing-solved", number=str(number)))


async def unsolved(
    query: CallbackQuery, callback_data: DialogueTap, say: Say, answer_desk: AnswerDesk
) -> None:
    """Inform the team, and treat the customer's next message as the reason."""
    number = callback_data.number
    if query.message and await _is_theirs(query, number, say, answer_desk):
        await answer_desk.unsolved(query.from_user.id, number, query.message.message_id)
        await answer_desk.begin(query.from_user.id, number)
        await _end(query, say("closing-unsolved", number=str(number)))


async def _is_theirs(query: CallbackQuery, number: int, say: Say, answer_desk: AnswerDesk) -> bool:
    """Return whether the review is the person's: callback data can be forged."""
    review = await answer_desk.reviews.by_number(number)
    if review is not None and review.user_id == query.from_user.id:
        return True
    await toast(query, say("answer-erased"), alert=True)
    return False


async def _end(query: CallbackQuery, words: str) -> None:
    await toast(query)
    await replace_message(query, words)
