from typing import Any

import pytest
from aiogram.types import (
    ChatFullInfo,
    ChatMemberAdministrator,
    ChatMemberRestricted,
    ResultChatMemberUnion,
    User,
)
from pydantic import TypeAdapter

from bot.telegram.group_rights import Obstacle, obstacle_in

ME = User(id=1, is_bot=True, first_name="bot")
MEMBER: TypeAdapter[ResultChatMemberUnion] = TypeAdapter(ResultChatMemberUnion)

# Every right that an administrator or a restricted member has.
RIGHTS = {
    name: True
    for kind in (ChatMemberAdministrator, ChatMemberRestricted)
    for name in kind.model_fields
    if name.startswith("can_")
}


def chat(kind: str = "supergroup", **permissions: bool) -> ChatFullInfo:
    gifts = dict.fromkeys(
        (
            "unlimited_gifts",
            "limited_gifts",
            "unique_gifts",
            "premium_subscription",
            "gifts_from_channels",
        ),
        False,
    )
    return ChatFullInfo.model_validate(
        {
            "id": -5,
            "type": kind,
            "accent_color_id": 0,
            "max_reaction_count": 11,
            "accepted_gift_types": gifts,
            "permissions": permissions or None,
        }
    )


def me(status: str, **more: Any) -> ResultChatMemberUnion:
    return MEMBER.validate_python({"status": status, "user": ME, **more})


def restricted(*, is_member: bool = True, **rights: bool) -> ResultChatMemberUnion:
    return me("restricted", is_member=is_member, until_date=0, **{**RIGHTS, **rights})


@pytest.mark.parametrize(
    ("place", "standing", "expected"),
    [
        (chat(), me("member"), None),
        (chat("group"), me("member"), None),
        (chat(can_send_messages=True, can_send_photos=True), me("member"), None),
        (chat(can_send_messages=False), me("member"), Obstacle.NO_MESSAGES),
        (chat(can_send_photos=False), me("member"), Obstacle.NO_PHOTOS),
        (chat(), me("left"), Obstacle.OUTSIDE),
        (chat(), me("kicked", until_date=0), Obstacle.OUTSIDE),
        (chat(), restricted(is_member=False), Obstacle.OUTSIDE),
        (chat(), restricted(), None),
        (chat(), restricted(can_send_messages=False), Obstacle.NO_MESSAGES),
        (chat(), restricted(can_send_photos=False), Obstacle.NO_PHOTOS),
        (chat("private"), me("member"), Obstacle.NO_GROUP),
        (chat("channel"), me("member"), Obstacle.NO_GROUP),
    ],
)
def test_the_obstacle_to_sending_cards_is_reported(
    place: ChatFullInfo, standing: ResultChatMemberUnion, expected: Obstacle | None
) -> None:
    assert obstacle_in(place, standing) == expected


def test_an_administrator_may_write_even_if_members_may_not() -> None:
    standing = me("administrator", is_anonymous=False, **RIGHTS)
    assert obstacle_in(chat(can_send_messages=False), standing) is None
