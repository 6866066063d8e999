"""
Methods by which a bot gets its updates: https://core.telegram.org/bots/api#getting-updates.

Each docstring names its section.
"""

from typing import Any

from sandbox.api.call_arguments import Arguments
from sandbox.api.webhook_pusher import read_webhook
from sandbox.errors import Refused
from sandbox.telegram.world import RegisteredWebhook, World

# The longest poll that Telegram allows.
MAX_POLL_S = 50

DEFAULT_LIMIT = 100


async def get_updates(world: World, arguments: Arguments) -> list[dict[str, Any]]:
    """#getupdates"""
    if world.webhook is not None:
        raise Refused(
            409,
            "Conflict: can't use getUpdates method while webhook is active; "
            "use deleteWebhook to delete the webhook first",
        )
    _allow(world, arguments)
    timeout_s = min(max(arguments.integer("timeout"), 0), MAX_POLL_S)
    limit = arguments.integer("limit") or DEFAULT_LIMIT
    return await world.updates.poll(arguments.integer("offset"), limit, timeout_s)


def set_webhook(world: World, arguments: Arguments) -> bool:
    """#setwebhook"""
    webhook = read_webhook(
        arguments.text("url"), arguments.text("secret_token"), arguments.integer("max_connections")
    )
    _allow(world, arguments)
    _replace(world, webhook, arguments)
    if webhook is not None:
        world.updates.end_poll("setWebhook request")
        world.updates.polled.set()
    return True


def delete_webhook(world: World, arguments: Arguments) -> bool:
    """#deletewebhook"""
    _replace(world, None, arguments)
    return True


def get_webhook_info(world: World, arguments: Arguments) -> dict[str, Any]:
    """#getwebhookinfo"""
    info: dict[str, Any] = {
        "url": "",
        "has_custom_certificate": False,
        "pending_update_count": len(world.updates),
    }
    if world.webhook is not None:
        info |= {"url": world.webhook.url, "max_connections": world.webhook.max_connections}
        info |= {"allowed_updates": list(world.updates.allowed)}
    if world.webhook_error is not None:
        when_s, error = world.webhook_error
        info |= {"last_error_date": when_s, "last_error_message": error}
    return info


def _replace(world: World, webhook: RegisteredWebhook | None, arguments: Arguments) -> None:
    world.webhook, world.webhook_error = webhook, None
    if arguments.flag("drop_pending_updates"):
        world.updates.clear()
    world.updates.notify_changed()


def _allow(world: World, arguments: Arguments) -> None:
    """Change which kinds of updates are queued, if the parameter is given."""
    allowed = arguments.json("allowed_updates")
    if allowed is not None:
        world.updates.allow(allowed)
