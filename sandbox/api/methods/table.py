"""Which method is answered by which function. Names are as good in any case, as in Telegram."""

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Any

from sandbox.api.arguments import Arguments
from sandbox.api.methods import chats, edits, messages, profile, updates
from sandbox.telegram.world import World

Method = Callable[[World, Arguments], Any | Awaitable[Any]]

METHODS: Mapping[str, Method] = MappingProxyType(
    {
        "getme": chats.get_me,
        "getupdates": updates.get_updates,
        "setwebhook": updates.set_webhook,
        "deletewebhook": updates.delete_webhook,
        "getwebhookinfo": updates.get_webhook_info,
        "sendmessage": messages.send_message,
        "sendphoto": messages.send_photo,
        "senddocument": messages.send_document,
        "sendchataction": messages.send_chat_action,
        "editmessagetext": edits.edit_message_text,
        "editmessagecaption": edits.edit_message_caption,
        "editmessagemedia": edits.edit_message_media,
        "editmessagereplymarkup": edits.edit_message_reply_markup,
        "deletemessage": edits.delete_message,
        "deletemessages": edits.delete_messages,
        "answercallbackquery": edits.answer_callback_query,
        "getchat": chats.get_chat,
        "getchatmember": chats.get_chat_member,
        "getchatadministrators": chats.get_chat_administrators,
        "getchatmembercount": chats.get_chat_member_count,
        "leavechat": chats.leave_chat,
        "getfile": chats.get_file,
        "setmycommands": profile.set_my_commands,
        "deletemycommands": profile.delete_my_commands,
        "getmycommands": profile.get_my_commands,
        "setmydescription": profile.set_my_description,
        "getmydescription": profile.get_my_description,
        "setmyshortdescription": profile.set_my_short_description,
        "getmyshortdescription": profile.get_my_short_description,
    }
)
