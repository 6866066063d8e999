"""
Methods by which a bot gets its updates: https://core.telegram.org/bots/api#getting-updates.

Each docstring names its section.
"""

from typing import Any

from sandbox.arguments import Arguments
from sandbox.errors import Refused, bad_request
from sandbox.world import World

# What Telegram waits at most, however long the bot would.
MAX_POLL_S = 50

DEFAULT_LIMIT = 100


async def get_updates(world: World, arguments: Arguments) -> list[dict[str, Any]]:
    """#getupdates"""
    if world.webhook_url:
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
    """#setwebhook: kept and reported; nothing is pushed."""
    url = arguments.text("url")
    if url and not url.startswith("https://"):
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    _allow(world, arguments)
    world.webhook_url = url
    if arguments.flag("drop_pending_updates"):
        world.updates.clear()
    return True


def delete_webhook(world: World, arguments: Arguments) -> bool:
    """#deletewebhook"""
    world.webhook_url = ""
    if arguments.flag("drop_pending_updates"):
        world.updates.clear()
    return True


def get_webhook_info(world: World, arguments: Arguments) -> dict[str, Any]:
    """#getwebhookinfo"""
    return {
        "url": world.webhook_url,
        "has_custom_certificate": False,
        "pending_update_count": len(world.updates),
    }


def _allow(world: World, arguments: Arguments) -> None:
    """Change what is queued; without the parameter it stays as it was."""
    allowed = arguments.json("allowed_updates")
    if allowed is not None:
        world.updates.allow(allowed)
