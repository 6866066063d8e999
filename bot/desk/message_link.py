"""The link to a message of a supergroup (https://core.telegram.org/api/links). Pure."""


def message_link(chat_id: int, message_id: int, thread_id: int | None = None) -> str:
    """Return the link to a message, or to one in a topic; empty for other kinds of chats."""
    chat = str(chat_id)
    if not chat.startswith("-100"):
        return ""
    place = f"{message_id}" if thread_id is None else f"{thread_id}/{message_id}"
    return f"https://t.me/c/{chat[4:]}/{place}"
