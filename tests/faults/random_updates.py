"""Updates as anybody may cause them: texts, edits, taps of any data, events of groups."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from sandbox.telegram.world import MODERATORS_CHAT_ID

ANNA, BORIS, OLGA = 5001, 5002, 5003
PEOPLE = (ANNA, BORIS, OLGA)
OTHER_GROUP = -1001000000077

TEXTS = (
    *("/start", "/start qr-7", "/cancel", "/help", "/privacy", "/language", "/mydata", "/forget"),
    *("/queue", "/r1", "/r2", "/r99999999999999999999", "/chatid", "/connect x", "/nothing"),
    *("Курьер опоздал", "<b>&<eos>", "\u200b", "\u202eabc", "a" * 400, "🥲" * 151),
)
# What a client may send in place of a button's data; the bot makes none of these.
FORGED = (
    *("", "f", "f:::", "f:dead:r:3", "f:dead:r:99", "p:1:1", "p:1:0", "p:-1:1"),
    *("p:9223372036854775807:1", "p:9223372036854775808:1", "p:999999999999999999999999:0"),
    *("x:1", "x:0", "l:ru", "l:xx", "q:1", "\U000e0041", "f" * 64),
)

# A number chooses among what there is when the update is sent; hypothesis shrinks it to the first.
CHOICES = st.integers(0, 200)


@dataclass(frozen=True, slots=True)
class Act:
    """What one person does: `kind` says what, the other fields are used as far as it needs them."""

    kind: str
    person: int
    chat_id: int
    text: str
    choice: int


ACTS = st.builds(
    Act,
    kind=st.sampled_from(("text", "text", "tap", "tap", "tap", "forged", "edit", "media", "event")),
    person=st.sampled_from(PEOPLE),
    chat_id=st.sampled_from((0, 0, 0, MODERATORS_CHAT_ID, OTHER_GROUP)),  # 0: the private chat
    text=st.sampled_from(TEXTS) | st.text(max_size=350),
    choice=CHOICES,
)


class Updates:
    """Makes updates of acts, as JSON of the Bot API."""

    def __init__(self) -> None:
        self._last_id = 700_000_000

    def of(self, act: Act, buttons: Sequence[str], message_ids: Sequence[int]) -> dict[str, Any]:
        """Return the update of `act`; `buttons` are the data of all buttons the bot has sent."""
        self._last_id += 1
        kind, content = _content(act, self._last_id, buttons, message_ids)
        return {"update_id": self._last_id, kind: content}


def _content(
    act: Act, number: int, buttons: Sequence[str], message_ids: Sequence[int]
) -> tuple[str, dict[str, Any]]:
    message_id = _chosen(act.choice, message_ids) or number
    match act.kind:
        case "text":
            return "message", _message(act, number, text=act.text or "-")
        case "edit":
            edited = _message(act, message_id, text=act.text or "-", edit_date=1_800_000_001)
            return "edited_message", edited
        case "media":
            photo = [{"file_id": "a", "file_unique_id": "b", "width": 1, "height": 1}]
            return "message", _message(act, number, photo=photo, caption=act.text)
        case "event":
            return "my_chat_member", _member(act)
        case "tap":
            data = _chosen(act.choice, buttons) or act.text[:64]
        case _:
            data = _chosen(act.choice, FORGED) or ""
    query = {"id": str(number), "from": _user(act.person), "chat_instance": "1", "data": data}
    return "callback_query", query | {"message": _message(act, message_id, text="buttons")}


def _chosen(choice: int, among: Sequence[Any]) -> Any:
    """Return one of them, the latest for 0; None if there is none."""
    return among[-1 - choice % len(among)] if among else None


def _message(act: Act, message_id: int, **content: Any) -> dict[str, Any]:
    head = {"message_id": message_id, "date": 1_800_000_000, "from": _user(act.person)}
    return head | {"chat": _chat(act)} | content | _command(content.get("text", ""))


def _command(text: str) -> dict[str, Any]:
    if not text.startswith("/"):
        return {}
    length = len(text.split(maxsplit=1)[0])
    return {"entities": [{"type": "bot_command", "offset": 0, "length": length}]}


def _member(act: Act) -> dict[str, Any]:
    bot = {"id": 123456, "is_bot": True, "first_name": "Bot"}
    now = ("member", "kicked", "left")[act.choice % 3]
    old, new = {"user": bot, "status": "left"}, {"user": bot, "status": now}
    if now == "kicked":
        new["until_date"] = 0
    head = {"chat": _chat(act), "from": _user(act.person), "date": 1_800_000_000}
    return head | {"old_chat_member": old, "new_chat_member": new}


def _user(person: int) -> dict[str, Any]:
    return {"id": person, "is_bot": False, "first_name": "A", "language_code": "ru"}


def _chat(act: Act) -> dict[str, Any]:
    if not act.chat_id:
        return {"id": act.person, "type": "private", "first_name": "A"}
    return {"id": act.chat_id, "type": "supergroup", "title": "G"}
