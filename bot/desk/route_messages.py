"""Messages about routes: the table of /route, and the line that leads to a card. Pure."""

from collections.abc import Sequence

from aiogram.utils.formatting import Bold, Text, TextLink, as_list

from bot.archive.records import Review
from bot.archive.route_store import Route
from bot.desk.class_lines import TITLE_LENGTH
from bot.desk.message_link import message_link
from bot.form.screens import rating_words
from bot.form.validation import clipped
from bot.texts import Say
from triage.taxonomy import Group, Taxonomy

# Groups of classes in a table; with the longest titles it fits into a message.
LISTED = 30


def link_line(
    review: Review, classes: Sequence[int], url: str, taxonomy: Taxonomy, say: Say
) -> Text:
    """Return the line that leads to a review's card; it does not contain the customer's words."""
    titles = [taxonomy.title(class_id, say.language) for class_id in classes]
    parts = [
        f"/r{review.number}",
        *([] if review.rating is None else [rating_words(review.rating, taxonomy, say)]),
        *(clipped(title, TITLE_LENGTH) for title in titles[:3]),
    ]
    words = say("route-card")
    return Text(" · ".join(parts), " → ", TextLink(words, url=url) if url else words)


def route_table(routes: Sequence[Route], taxonomy: Taxonomy, say: Say) -> Text:
    """Return which topic gets which group of classes, and how to change that."""
    by_group = {route.class_group: route for route in routes}
    gone = [slug for slug in by_group if slug not in {group.slug for group in taxonomy.groups}]
    lines = [_line(group.slug, _title(group, say), by_group, say) for group in taxonomy.groups]
    lines += [_line(slug, say("route-gone"), by_group, say) for slug in gone]
    hidden = len(lines) - LISTED
    more = [say("classes-more", count=hidden)] if hidden > 0 else []
    return as_list(
        Bold(say("route-title")),
        *lines[:LISTED],
        *more,
        "",
        say("route-help", slug=taxonomy.groups[0].slug),
    )


def group_names(groups: Sequence[Group], say: Say) -> str:
    """Return groups of classes as people write them in a command."""
    return ", ".join(f"{group.slug} ({_title(group, say)})" for group in groups[:LISTED])


def _title(group: Group, say: Say) -> str:
    return clipped(group.title.into(say.language), TITLE_LENGTH)


def _line(slug: str, title: str, by_group: dict[str, Route], say: Say) -> Text:
    head = f"{slug} · {title}: "
    route = by_group.get(slug)
    if route is None:
        return Text(head, say("route-none"))
    url = message_link(route.chat_id, route.thread_id)
    name = clipped(route.name, TITLE_LENGTH)
    note = "" if route.refusal is None else f" ({say(f'route-{route.refusal}-short')})"
    return Text(head, TextLink(name, url=url) if url else name, note)
