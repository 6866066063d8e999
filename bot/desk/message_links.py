"""Links to messages of supergroups (https://core.telegram.org/api/links). Pure."""


def message_link(chat_id: int, message_id: int) -> str:
    """Return the link, empty for a chat that is no supergroup."""
    chat = str(chat_id)
    return f"https://t.me/c/{chat[4:]}/{message_id}" if chat.startswith("-100") else ""
