"""Maps method names, in lower case because Telegram ignores their case, to functions."""

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Any

from sandbox.api.call_arguments import Arguments
from sandbox.api.methods import (
    chat_methods,
    edit_methods,
    ephemeral_methods,
    profile_methods,
    send_methods,
    update_methods,
)
from sandbox.telegram.world import World

Method = Callable[[World, Arguments], Any | Awaitable[Any]]

METHODS: Mapping[str, Method] = MappingProxyType(
    {
        "getme": chat_methods.get_me,
        "getupdates": update_methods.get_updates,
        "setwebhook": update_methods.set_webhook,
        "deletewebhook": update_methods.delete_webhook,
        "getwebhookinfo": update_methods.get_webhook_info,
        "sendmessage": send_methods.send_message,
        "sendphoto": send_methods.send_photo,
        "sendmediagroup": send_methods.send_media_group,
        "senddocument": send_methods.send_document,
        "sendchataction": send_methods.send_chat_action,
        "editmessagetext": edit_methods.edit_message_text,
        "editmessagecaption": edit_methods.edit_message_caption,
        "editmessagemedia": edit_methods.edit_message_media,
        "editmessagereplymarkup": edit_methods.edit_message_reply_markup,
        "deletemessage": edit_methods.delete_message,
        "deletemessages": edit_methods.delete_messages,
        "editephemeralmessagetext": ephemeral_methods.edit_ephemeral_message_text,
        "deleteephemeralmessage": ephemeral_methods.delete_ephemeral_message,
        "answercallbackquery": edit_methods.answer_callback_query,
        "getchat": chat_methods.get_chat,
        "getchatmember": chat_methods.get_chat_member,
        "getchatadministrators": chat_methods.get_chat_administrators,
        "getchatmembercount": chat_methods.get_chat_member_count,
        "createforumtopic": chat_methods.create_forum_topic,
        "leavechat": chat_methods.leave_chat,
        "getfile": chat_methods.get_file,
        "setmycommands": profile_methods.set_my_commands,
        "deletemycommands": profile_methods.delete_my_commands,
        "getmycommands": profile_methods.get_my_commands,
        "setmydescription": profile_methods.set_my_description,
        "getmydescription": profile_methods.get_my_description,
        "setmyshortdescription": profile_methods.set_my_short_description,
        "getmyshortdescription": profile_methods.get_my_short_description,
    }
)
