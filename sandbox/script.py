"""
Plays a script: for each line a new customer sends one review and waits for the answer.

The decision is read from the archive. The time, and whether the moderators saw the review, are read
from the simulated Telegram.
"""

import asyncio
import json
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.archive.records import Review
from bot.settings import BotSettings
from bot.texts import Texts, load_texts
from sandbox.errors import NotSeen
from sandbox.form_filler import fill_form, sees_answer, send_form
from sandbox.script_lines import Line, read_script
from sandbox.simulated_people import Customer
from sandbox.stack import Stack, defaults_of, running
from sandbox.telegram.world import MODERATORS_CHAT_ID, TOKEN
from triage.taxonomy import DEFAULT_TAXONOMY, Taxonomy, load_taxonomy

# How many customers act at the same time.
AT_ONCE = 12

LOOK_EVERY_S = 0.05

# The decimal places of a printed probability: two more than a threshold has.
DIGITS = 4


@dataclass(frozen=True, slots=True)
class Reply:
    """An answered review, as in the archive, and the milliseconds from Send to the answer."""

    review: Review
    reply_ms: int


@dataclass(frozen=True, slots=True)
class Unanswered:
    """Why a customer got no answer."""

    reason: str


async def run(
    path: Path,
    *,
    model: Path,
    taxonomy_file: Path = DEFAULT_TAXONOMY,
    paced: bool,
    timeout_s: float,
) -> int:
    """
    Play the script at `path` and print a result for each line; return the exit code.

    Raises BadScript and BadTaxonomy before anything starts, and StackFailed if bot or worker fail.
    """
    settings = defaults_of(BotSettings, bot_token=TOKEN)
    taxonomy = load_taxonomy(taxonomy_file)
    lines = read_script(path, taxonomy, text_limit=settings.text_limit)
    with tempfile.TemporaryDirectory(prefix="feedback-triage-") as folder:
        async with running(
            Path(folder), model=model, taxonomy_file=taxonomy_file, paced=paced
        ) as stack:
            started_s = time.monotonic()
            replies = await play(stack, lines, taxonomy, timeout_s=timeout_s)
            numbers = [reply.review.number for reply in replies if isinstance(reply, Reply)]
            cards = await wait_for_cards(stack, numbers, timeout_s=timeout_s)
            took_s = time.monotonic() - started_s
    for line, reply in zip(lines, replies, strict=True):
        print(json.dumps(result(line, reply, cards, taxonomy), ensure_ascii=False))
    _report_unanswered(replies)
    print(_summary(len(lines), numbers, cards, took_s), file=sys.stderr)
    return 0 if len(numbers) == len(lines) else 1


def result(
    line: Line, reply: Reply | Unanswered, cards: Counter[int], taxonomy: Taxonomy
) -> dict[str, Any]:
    """
    Return what is printed for a line: class ids, their titles, and data of the answer.

    `probabilities` has each class by its id, the most probable first.
    """
    review = reply.review if isinstance(reply, Reply) else None
    answer = review.answer if review else None
    decision = answer.decision if answer else None
    classes = decision.classes if decision else ()
    return {
        "text": line.text,
        "classes": list(classes),
        "titles": [taxonomy.title(class_id, line.language) for class_id in classes],
        "rung": decision.rung if decision else None,
        "confidence": decision.confidence if decision else None,
        "probabilities": _by_class(answer.probabilities, taxonomy) if answer else {},
        "reply_ms": reply.reply_ms if isinstance(reply, Reply) else None,
        "moderator_card": bool(review and cards[review.number]),
    }


def _by_class(probabilities: Sequence[float], taxonomy: Taxonomy) -> dict[str, float]:
    """Return the rounded probabilities by class id; empty without an answer of the model."""
    known = zip(taxonomy.ids, probabilities, strict=True) if probabilities else ()
    ranked = sorted(known, key=lambda one: -one[1])
    return {str(class_id): round(share, DIGITS) for class_id, share in ranked}


def _report_unanswered(replies: Sequence[Reply | Unanswered]) -> None:
    for number, reply in enumerate(replies, start=1):
        if isinstance(reply, Unanswered):
            print(f"sandbox: review {number} was not answered: {reply.reason}", file=sys.stderr)


def _summary(count: int, numbers: Sequence[int], cards: Counter[int], took_s: float) -> str:
    shown, twice = [sum(cards[n] >= times for n in numbers) for times in (1, 2)]
    return (
        f"sandbox: {len(numbers)} of {count} answered, {shown} shown to the moderators, "
        f"{twice} of them twice, {took_s:.1f} s"
    )


async def play(
    stack: Stack, lines: Sequence[Line], taxonomy: Taxonomy, *, timeout_s: float
) -> list[Reply | Unanswered]:
    """Send each line as a customer of its own, AT_ONCE at a time; return the replies in order."""
    texts, places = load_texts(), asyncio.Semaphore(AT_ONCE)

    async def one(line: Line) -> Reply | Unanswered:
        async with places:
            try:
                return await _send(stack, line, taxonomy, texts, timeout_s)
            except NotSeen as e:
                return Unanswered(str(e))

    return await asyncio.gather(*(one(line) for line in lines))


async def _send(
    stack: Stack, line: Line, taxonomy: Taxonomy, texts: Texts, timeout_s: float
) -> Reply | Unanswered:
    customer = Customer(stack.world, language_code=line.language)
    await fill_form(customer, line, taxonomy, timeout_s=timeout_s)
    started_s = time.monotonic()
    review = await send_form(stack, customer, timeout_s=timeout_s)
    await sees_answer(customer, review, line, timeout_s=timeout_s)
    reply_ms = round((time.monotonic() - started_s) * 1000)
    return Reply(await stack.reviews.by_number(review.number) or review, reply_ms)


async def wait_for_cards(stack: Stack, numbers: Iterable[int], *, timeout_s: float) -> Counter[int]:
    """Wait until all reviews are shown or no card comes in `timeout_s`; return counts by number."""
    wanted, patience_s, shown = set(numbers), time.monotonic() + timeout_s, Counter[int]()
    while not wanted <= shown.keys() and time.monotonic() < patience_s:
        await asyncio.sleep(LOOK_EVERY_S)
        before, shown = shown, cards_shown(stack)
        if shown != before:
            patience_s = time.monotonic() + timeout_s
    return shown


def cards_shown(stack: Stack) -> Counter[int]:
    """Return how many cards and digests of the group show each review, by its number."""
    say = load_texts()[stack.bot_settings.moderators_language]
    head = re.escape(say("card-number", number="NUMBER")).replace("NUMBER", r"(\d+)")
    card, listed = (
        re.compile(rf"{head}( ·|$)", re.MULTILINE),
        re.compile(r"^/r(\d+) ·", re.MULTILINE),
    )
    shown: Counter[int] = Counter()
    for message in stack.world.chats[MODERATORS_CHAT_ID].messages.values():
        own = card.match(message.text)
        shown.update([int(own[1])] if own else map(int, listed.findall(message.text)))
    return shown
