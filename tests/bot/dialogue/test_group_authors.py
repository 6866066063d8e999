"""What a reply in the group is about, by the message that it replies to."""

from datetime import UTC, datetime

import pytest
from aiogram import Bot
from aiogram.types import Chat, Message, User

from bot.archive.card_places import CardPlaces
from bot.archive.dialogue import Dialogue
from bot.archive.link_store import DueLink, LinkStore
from bot.archive.reviews import Reviews
from bot.dialogue import group_authors
from bot.dialogue.group_authors import target_of
from bot.dialogue.reply_rules import Target
from tests.bot.group import GROUP
from tests.bot.samples import SEAL, new

OLD_CARD, DIGEST, NEW_CARD, LINE, ERASED = 10, 11, 12, 13, 14


def reply_to(bot: Bot, message_id: int) -> Message:
    where = {"chat": Chat(id=GROUP, type="supergroup"), "date": datetime.now(UTC)}
    me = User(id=bot.id, is_bot=True, first_name="Bot")
    replied = Message(message_id=message_id, from_user=me, **where)
    return Message(message_id=99, reply_to_message=replied, **where)


@pytest.mark.parametrize(
    ("message_id", "target"),
    [
        (OLD_CARD, (Target.CASE, 1)),
        (NEW_CARD, (Target.CASE, 1)),
        (LINE, (Target.CASE, 1)),
        (DIGEST, (Target.DIGEST, 0)),
        (ERASED, (Target.UNKNOWN, 0)),
    ],
)
async def test_a_reply_to_any_card_of_a_review_has_a_target_but_not_to_a_digest(
    message_id: int,
    target: tuple[Target, int],
    bot: Bot,
    reviews: Reviews,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(group_authors, "LOOK_AGAIN_S", 0)
    numbers = [(await reviews.accept(new())).number for _ in range(2)]
    shown = {"chat_id": GROUP, "now_ms": 1}
    await reviews.record_card(numbers[:1], message_id=OLD_CARD, digest=False, **shown)
    await reviews.record_card(numbers, message_id=DIGEST, digest=True, **shown)
    await reviews.record_card(numbers[:1], message_id=NEW_CARD, digest=False, **shown)
    await LinkStore(reviews._engine).sent(DueLink(1, 7, GROUP, NEW_CARD), LINE, 7)

    engine = reviews._engine
    found = await target_of(
        reply_to(bot, message_id), bot, Dialogue(engine, SEAL), CardPlaces(engine)
    )
    assert found == target
