"""/route: which topic of the group gets the cards of which group of classes. Leads change it."""

from aiogram import F, Router
from aiogram.filters import Command, CommandObject
from aiogram.types import Message
from aiogram.utils.formatting import Text

from bot.archive.route_store import RouteStore
from bot.desk.access import topic_name_of, topic_of
from bot.desk.desk_routes import DeskRoutes
from bot.desk.moderators import Moderators, Rights
from bot.desk.moderators_group import ModeratorsGroup
from bot.desk.route_messages import group_names, route_table
from bot.desk.routing import named_groups
from bot.form.validation import clipped
from bot.texts import Say
from triage.taxonomy import Taxonomy

OFF = "off"

# How much of a person's words an answer repeats, UTF-16 units.
REPEATED = 60


def create_router() -> Router:
    """Return the router of routes in the moderators' group."""
    router = Router(name="routes")
    router.message.register(change, Command("route"))
    router.message.register(renamed, F.forum_topic_edited)
    return router


async def change(
    message: Message,
    command: CommandObject,
    routes: DeskRoutes,
    moderators: Moderators,
    taxonomy: Taxonomy,
    moderators_say: Say,
) -> None:
    """Show the routes to anybody in the group, or change one for a lead."""
    words, store, chat_id = (command.args or "").strip(), routes.store, message.chat.id
    if not words:
        answer = route_table(await store.all(chat_id), taxonomy, moderators_say)
    elif not await moderators.wrote_as(message, Rights.LEAD):
        answer = Text(moderators_say("route-leads-only"))
    elif words.split()[0].casefold() == OFF:
        rest = words[len(OFF) :].strip()
        answer = Text(await _removed(rest, message, store, taxonomy, moderators_say))
    else:
        answer = Text(await _added(words, message, store, taxonomy, moderators_say))
    await message.reply(**answer.as_kwargs())


async def _added(
    words: str, message: Message, store: RouteStore, taxonomy: Taxonomy, say: Say
) -> str:
    """Send the cards of a group of classes to the message's topic; return the answer."""
    thread_id, found = topic_of(message), named_groups(words, taxonomy)
    if len(found) != 1:
        return _unclear(words, taxonomy, say)
    [group] = found
    title = group.title.into(say.language)
    if thread_id is None:
        return say("route-no-topic", slug=group.slug)
    name = topic_name_of(message) or title
    await store.put(message.chat.id, group.slug, thread_id, name)
    return say("route-added", title=title, slug=group.slug)


async def _removed(
    words: str, message: Message, store: RouteStore, taxonomy: Taxonomy, say: Say
) -> str:
    """Delete the named route, or those to the message's topic; return the answer."""
    chat_id, thread_id = message.chat.id, topic_of(message)
    if words:
        known = {route.class_group for route in await store.all(chat_id)}
        found = [group.slug for group in named_groups(words, taxonomy)]
        slugs = [words] if words in known else found
        if len(slugs) != 1:
            return _unclear(words, taxonomy, say)
    else:
        here = [] if thread_id is None else await store.to_topic(chat_id, thread_id)
        slugs = [route.class_group for route in here]
    removed = [slug for slug in slugs if await store.remove(chat_id, slug)]
    return say("route-removed", slugs=", ".join(removed)) if removed else say("route-nothing")


def _unclear(words: str, taxonomy: Taxonomy, say: Say) -> str:
    """Return which groups of classes may be meant."""
    found = named_groups(words, taxonomy)
    key = "route-several" if found else "route-unknown"
    return say(
        key, words=clipped(words, REPEATED), groups=group_names(found or taxonomy.groups, say)
    )


async def renamed(message: Message, routes: DeskRoutes, group: ModeratorsGroup) -> None:
    """Store the new name of a topic, with which it is created again if it is deleted."""
    edited = message.forum_topic_edited
    thread_id = message.message_thread_id
    if edited is None or not edited.name or thread_id is None:
        return
    await routes.store.rename(message.chat.id, thread_id, edited.name)
    await group.topic_renamed(message.chat.id, thread_id, edited.name)
