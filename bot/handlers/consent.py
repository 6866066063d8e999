"""/privacy and the choice whether one's reviews may be used for training."""

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message

from bot.archive.consents import Consents
from bot.clock import now_ms
from bot.delivery.card_sender import CardSender
from bot.desk.customer_names import NameStyle
from bot.form.callbacks import TrainingConsent
from bot.form.consent_screen import consent_state
from bot.texts import Say
from bot.toasts import replace_message, toast


def create_router() -> Router:
    """Return the router of /privacy and its buttons."""
    router = Router(name="consent")
    router.message.register(privacy, Command("privacy"))
    router.callback_query.register(choose, TrainingConsent.filter())
    return router


async def privacy(
    message: Message,
    say: Say,
    consents: Consents,
    retention_days: int | None,
    customer_names: NameStyle,
) -> None:
    """Say what is stored and for how long; Telegram's terms ask every bot for this command."""
    screen = consent_state((await consents.of(message.chat.id)).is_given, say)
    parts = [say("privacy", names=customer_names)]
    if retention_days:
        parts.append(say("privacy-retention", days=retention_days))
    parts.append(screen.text.render()[0])
    await message.answer("\n\n".join(parts), reply_markup=screen.buttons)


async def choose(
    query: CallbackQuery,
    callback_data: TrainingConsent,
    say: Say,
    consents: Consents,
    card_sender: CardSender,
) -> None:
    """Store the choice, and show it on the cards of the person's reviews."""
    person, given = query.from_user.id, callback_data.is_given
    if await consents.decide(person, is_given=given, now_ms=now_ms()):
        card_sender.wake()
    await toast(query, say("consent-stored-yes" if given else "consent-stored-no"))
    await replace_message(query, say("consent-now-yes" if given else "consent-now-no"))
