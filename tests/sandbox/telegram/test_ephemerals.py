"""Messages that one member of a group sees: who may send them, to whom, and for how long."""

from collections.abc import Callable

import pytest

from sandbox.errors import Refused
from sandbox.telegram import ephemerals
from sandbox.telegram.acts import join
from sandbox.telegram.chat import Chat, Membership
from sandbox.telegram.formatting import FormattedText
from sandbox.telegram.message import Content
from sandbox.telegram.user import User
from sandbox.telegram.world import World

HELLO = Content(FormattedText("hello"))


class Clock:
    """Seconds that a test sets."""

    def __init__(self) -> None:
        self.now_s = 1_000.0

    def __call__(self) -> float:
        return self.now_s


class Scene:
    """A group with one member, who taps a message of the bot."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.world = World(clock=self.clock)
        self.chat: Chat = self.world.add_group("Moderators")
        self.olga: User = self.world.add_person("Olga")
        join(self.olga, self.chat)
        card = self.world.post(self.chat, self.world.bot, HELLO)
        self.tap = self.world.open_tap(self.chat, self.olga, card, "x")

    def allowed(self, **changes: object) -> User:
        given = {"tap_id": self.tap.tap_id, "replied_id": 0, "replaces": True, **changes}
        return ephemerals.receiver_of(self.world, self.chat, self.olga.user_id, **given)  # type: ignore[arg-type]


def late(scene: Scene) -> dict[str, object]:
    scene.clock.now_s += ephemerals.ANSWER_S + 1
    return {}


def of_another(scene: Scene) -> dict[str, object]:
    boris = scene.world.add_person("Boris")
    join(boris, scene.chat)
    message = scene.chat.messages[1]
    return {"tap_id": scene.world.open_tap(scene.chat, boris, message, "x").tap_id}


def unasked(scene: Scene) -> dict[str, object]:
    return {"tap_id": ""}


def late_reply(scene: Scene) -> dict[str, object]:
    said = ephemerals.reply(scene.world, scene.olga, scene.chat, "courier")
    scene.clock.now_s += ephemerals.ANSWER_S + 1
    return {"tap_id": "", "replied_id": said.ephemeral_id}


def refusing(scene: Scene) -> dict[str, object]:
    scene.chat.takes_ephemerals = False
    return {}


@pytest.mark.parametrize("prepare", [late, of_another, unasked, late_reply, refusing])
def test_an_ephemeral_message_needs_a_tap_or_reply_of_the_last_15_seconds(
    prepare: Callable[[Scene], dict[str, object]],
) -> None:
    scene = Scene()
    assert scene.allowed() == scene.olga
    changes = prepare(scene)
    with pytest.raises(Refused):
        scene.allowed(**changes)


def test_a_bot_administrator_may_send_ephemeral_messages_without_a_tap() -> None:
    scene = Scene()
    scene.chat.membership = Membership.ADMINISTRATOR
    assert scene.allowed(tap_id="") == scene.olga


def test_an_ephemeral_message_is_not_in_the_chat_and_only_its_receiver_can_tap() -> None:
    scene = Scene()
    shown = ephemerals.send(scene.world, scene.chat, scene.olga, HELLO)
    assert list(scene.chat.messages) == [1]
    tap = ephemerals.tap(scene.world, scene.olga, scene.chat, shown, "y")
    update = scene.world.updates.waiting[-1]["callback_query"]
    assert (update["id"], update["message"]["message_id"]) == (tap.tap_id, 0)
    assert update["message"]["ephemeral_message_id"] == shown.ephemeral_id
    with pytest.raises(Refused):
        ephemerals.tap(scene.world, scene.world.add_person("Boris"), scene.chat, shown, "y")
