"""The buttons of /find, /classes and /mine in a moderator's private chat."""

from aiogram import F, Router
from aiogram.enums import ChatType, MessageEntityType
from aiogram.types import CallbackQuery, Message

from bot.archive.reviews import Reviews
from bot.desk.desk_taps import PREFIX, DeskButton, DeskTap
from bot.desk.moderators import Moderators
from bot.desk.panels import Panels
from bot.handlers.card_taps import ModeratorsTap, is_button
from bot.private_desk.list_message import ListMessages
from bot.private_desk.list_pages import ListPages
from bot.private_desk.list_screen import ListScreen
from bot.texts import Say
from bot.toasts import toast
from triage.taxonomy import Taxonomy

_TURNS = (DeskButton.FOUND_PAGE, DeskButton.CLASS_PAGE, DeskButton.CLASS_LIST)


def create_router(moderators: Moderators) -> Router:
    """Return the router of lists; it comes before the one of panels."""
    router = Router(name="list_taps")
    router.callback_query.filter(
        F.data.startswith(f"{PREFIX}:"),
        F.message.chat.type == ChatType.PRIVATE,
        ModeratorsTap(moderators),
    )
    router.callback_query.register(open_review, is_button(DeskButton.OPEN))
    router.callback_query.register(turn, is_button(*_TURNS))
    return router


async def open_review(
    query: CallbackQuery, desk_tap: DeskTap, panels: Panels, reviews: Reviews, moderators_say: Say
) -> None:
    """Send the panel of a review."""
    review = await reviews.by_number(desk_tap.number)
    if review is None or review.is_expired:
        key = "card-unknown" if review is None else "card-expired"
        await toast(query, moderators_say(key, number=str(desk_tap.number)), alert=True)
        return
    await panels.open(review, query.from_user.id)
    await toast(query)


async def turn(
    query: CallbackQuery,
    desk_tap: DeskTap,
    list_pages: ListPages,
    lists: ListMessages,
    taxonomy: Taxonomy,
    moderators_say: Say,
) -> None:
    """Show another page."""
    screen = None
    if isinstance(query.message, Message):
        screen = await _screen(desk_tap, query.message, list_pages, taxonomy)
    if screen is None or query.message is None:
        await toast(query, moderators_say("list-gone"), alert=True)
        return
    await lists.turn(query.from_user.id, query.message.message_id, screen)
    await toast(query)


async def _screen(
    tap: DeskTap, message: Message, pages: ListPages, taxonomy: Taxonomy
) -> ListScreen | None:
    """Return the page of a button, None if its class or its search words are unknown."""
    match tap.button, tap.value:
        case DeskButton.CLASS_LIST, _:
            return await pages.classes(tap.number)
        case DeskButton.CLASS_PAGE, int(class_id) if class_id in taxonomy.by_id:
            return await pages.of_class(class_id, tap.number)
        case DeskButton.FOUND_PAGE, _:
            words = searched_words(message)
            return await pages.found(words, tap.number) if words else None
        case _:
            return None


def searched_words(message: Message) -> str:
    """Return the words that a list of /find shows in its first line."""
    for entity in message.entities or []:
        if entity.type == MessageEntityType.CODE:
            return entity.extract_from(message.text or "")
    return ""
