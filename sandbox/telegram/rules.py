"""
The rules by which Telegram refuses calls, with Telegram's error messages.

Pure. Each rule names its source: a section of https://core.telegram.org/bots/api, or "observed"
if the documentation is silent and the message is the one of the live service.
"""

from sandbox.errors import Refused, bad_request, forbidden
from sandbox.telegram.chat import Chat, Membership, TopicState
from sandbox.telegram.formatting import FormattedText, fix, utf16_length
from sandbox.telegram.message import ChatMessage, Content
from sandbox.telegram.user import User

MAX_TEXT = 4096
MAX_CAPTION = 1024
MAX_TOAST = 200
MAX_PHOTO_BYTES = 10 * 1024 * 1024
MAX_PHOTO_SIDES_PX = 10_000
MAX_PHOTO_RATIO = 20
MAX_DELETED_AT_ONCE = 100
MIN_ALBUM, MAX_ALBUM = 2, 10

# Not documented: live bots are refused some 15 seconds after the tap.
TAP_ANSWER_S = 15.0

_CLOSED = {
    Membership.STRANGER: "bot can't initiate conversation with a user",
    Membership.BLOCKED: "bot was blocked by the user",
    Membership.KICKED: "bot was kicked from the supergroup chat",
    Membership.LEFT: "bot is not a member of the supergroup chat",
}


def open_chat(chat: Chat | None) -> Chat:
    """Return the chat if the bot may write there (#sendmessage, #responseparameters; observed)."""
    if chat is None:
        raise bad_request("chat not found")
    if chat.migrated_to is not None:
        raise Refused(
            400,
            "Bad Request: group chat was upgraded to a supergroup chat",
            {"migrate_to_chat_id": chat.migrated_to},
        )
    if chat.membership in _CLOSED:
        raise forbidden(_CLOSED[chat.membership])
    return chat


def open_topic(chat: Chat, thread_id: int) -> int | None:
    """Return the topic that a message goes to, None for General (#sendmessage; observed)."""
    if not thread_id:
        return None
    match chat.topics.get(thread_id):
        case TopicState.OPEN:
            return thread_id
        case TopicState.CLOSED:
            raise bad_request("TOPIC_CLOSED")
        case TopicState.REDIRECTED:
            return None
        case _:
            raise bad_request("message thread not found")


def check_may_create_topics(chat: Chat) -> None:
    """Refuse a new topic if the bot may not manage topics (#createforumtopic; observed)."""
    if chat.kind == "private":
        raise bad_request("the chat is not a forum")
    if chat.membership is not Membership.ADMINISTRATOR:
        raise bad_request("not enough rights to create a topic")


def words_of_text(words: FormattedText, *, editing: bool = False) -> FormattedText:
    """Return the fixed text of 1 to 4096 units after entity parsing (#sendmessage)."""
    if not words.text:
        raise bad_request("message text is empty")
    fixed = fix(words.text, words.entities)
    if not fixed.text:
        raise bad_request("text must be non-empty")
    if utf16_length(fixed.text) > MAX_TEXT:
        raise bad_request("MESSAGE_TOO_LONG" if editing else "message is too long")
    return fixed


def words_of_caption(words: FormattedText, *, editing: bool = False) -> FormattedText:
    """Return the fixed caption of 0 to 1024 units after entity parsing (#sendphoto)."""
    fixed = fix(words.text, words.entities)
    if utf16_length(fixed.text) > MAX_CAPTION:
        raise bad_request("MEDIA_CAPTION_TOO_LONG" if editing else "message caption is too long")
    return fixed


def replied_message(chat: Chat, message_id: int, *, optional: bool) -> int | None:
    """Return the message that is replied to (#replyparameters; observed)."""
    if message_id in chat.messages:
        return message_id
    if not optional:
        raise bad_request("message to be replied not found")
    return None


def own_message(chat: Chat, message_id: int, bot: User) -> ChatMessage:
    """Return the message if the bot may edit it (#updating-messages; observed)."""
    message = chat.messages.get(message_id)
    if message is None:
        raise bad_request("message to edit not found")
    if message.sender != bot:
        raise bad_request("message can't be edited")
    return message


def with_text(message: ChatMessage) -> ChatMessage:
    """Return the message if it has a text to edit (#editmessagetext; observed)."""
    if message.media is not None:
        raise bad_request("there is no text in the message to edit")
    return message


def with_caption(message: ChatMessage) -> ChatMessage:
    """Return the message if it may have a caption (#editmessagecaption; observed)."""
    if message.media is None:
        raise bad_request("there is no caption in the message to edit")
    return message


def modified(message: ChatMessage, content: Content) -> Content:
    """Return the new content if it differs from the old one (observed)."""
    if content == message.content:
        raise bad_request(
            "message is not modified: specified new message content and reply markup are exactly "
            "the same as a current content and reply markup of the message"
        )
    return content


def deletable(chat: Chat, message_id: int, bot: User) -> int:
    """Return the message's id if the bot may delete it (#deletemessage)."""
    message = chat.messages.get(message_id)
    if message is None:
        raise bad_request("message to delete not found")
    may_delete_others = chat.kind == "private" or chat.membership is Membership.ADMINISTRATOR
    if message.sender != bot and not may_delete_others:
        raise bad_request("message can't be deleted")
    return message_id


def check_deleted_at_once(count: int) -> None:
    """Refuse lists that are empty or longer than 100 (#deletemessages; observed)."""
    if not count:
        raise bad_request("message identifiers are not specified")
    if count > MAX_DELETED_AT_ONCE:
        raise bad_request("too many message identifiers specified")


def check_toast(text: str) -> None:
    """Refuse answers to a tap of more than 200 units (#answercallbackquery; observed)."""
    if utf16_length(text) > MAX_TOAST:
        raise bad_request("MESSAGE_TOO_LONG")


def check_tap_is_open(answered: bool, age_s: float) -> None:
    """Refuse answers to a tap that was answered or is too old (#answercallbackquery; observed)."""
    if answered or age_s > TAP_ANSWER_S:
        raise tap_is_gone()


def tap_is_gone() -> Refused:
    """Return the refusal of an answer to a tap that has expired or was answered."""
    return bad_request("query is too old and response timeout expired or query ID is invalid")


def check_not_empty(size: int) -> None:
    """Refuse empty files (observed)."""
    if not size:
        raise bad_request("file must be non-empty")


def check_photo_bytes(size: int) -> None:
    """Refuse photos of more than 10 MB (#sendphoto; observed)."""
    check_not_empty(size)
    if size > MAX_PHOTO_BYTES:
        raise bad_request(
            f"file of size {size} bytes is too big for a photo; "
            f"the maximum size is {MAX_PHOTO_BYTES} bytes"
        )


def check_photo_size(width: int, height: int) -> None:
    """Refuse sides of more than 10,000 in sum, or 20 times as long as the other (#sendphoto)."""
    long, short = max(width, height), min(width, height)
    if width + height > MAX_PHOTO_SIDES_PX or long > MAX_PHOTO_RATIO * short:
        raise bad_request("PHOTO_INVALID_DIMENSIONS")


def check_album(count: int) -> None:
    """Refuse albums of fewer than two or more than ten media (#sendmediagroup; observed)."""
    if not MIN_ALBUM <= count <= MAX_ALBUM:
        raise bad_request("wrong number of messages to send as an album specified")


def check_medium_of_album(message: ChatMessage, kind: str) -> None:
    """Refuse to put anything but a photo into an album of photos (#editmessagemedia)."""
    if "media_group_id" in message.extra and kind != "photo":
        raise bad_request("message can't be edited: media of an album must stay of its kind")


def check_file(kind: str, file_id: str, *, known_kind: str | None) -> None:
    """Refuse a file id that is unknown or of another kind (#sending-files; observed)."""
    if file_id.startswith(("http://", "https://")):
        raise bad_request("failed to get HTTP URL content")  # the sandbox downloads nothing
    if known_kind is None:
        raise bad_request("wrong file identifier/HTTP URL specified")
    if known_kind != kind:
        raise bad_request(f"can't use file of type {known_kind.title()} as {kind.title()}")


def reaches_bot(chat: Chat, message: ChatMessage, bot: User) -> bool:
    """
    Return whether the bot receives a message that a person wrote.

    Privacy mode is on, as it is for every new bot: in a group it sees commands and replies to its
    own messages, unless it is an administrator
    (https://core.telegram.org/bots/features#privacy-mode).
    """
    if chat.kind == "private" or chat.membership is Membership.ADMINISTRATOR:
        return True
    if chat.membership is not Membership.MEMBER:
        return False
    replied = chat.messages.get(message.reply_to or 0)
    if replied is not None and replied.sender == bot:
        return True
    return any(
        e.kind == "bot_command" and e.offset == 0 and _is_for(message.text[: e.length], bot)
        for e in message.content.words.entities
    )


def _is_for(command: str, bot: User) -> bool:
    _, _, addressee = command.partition("@")
    return not addressee or addressee.lower() == (bot.username or "").lower()
