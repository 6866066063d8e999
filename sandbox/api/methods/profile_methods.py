"""
Methods about the bot's own appearance: https://core.telegram.org/bots/api#setmycommands.

Each docstring names its section.
"""

from typing import Any

from sandbox.api.call_arguments import Arguments
from sandbox.telegram.feed import EventKind
from sandbox.telegram.world import World


def set_my_commands(world: World, arguments: Arguments) -> bool:
    """#setmycommands"""
    world.menu.set_commands(*_place(arguments), arguments.text("commands"))
    world.feed.publish(EventKind.MENU, None, {})
    return True


def delete_my_commands(world: World, arguments: Arguments) -> bool:
    """#deletemycommands"""
    world.menu.delete_commands(*_place(arguments))
    world.feed.publish(EventKind.MENU, None, {})
    return True


def get_my_commands(world: World, arguments: Arguments) -> list[dict[str, str]]:
    """#getmycommands"""
    return [command.to_json() for command in world.menu.commands(*_place(arguments))]


def set_my_description(world: World, arguments: Arguments) -> bool:
    """#setmydescription"""
    return _set(world, arguments, "description")


def get_my_description(world: World, arguments: Arguments) -> dict[str, Any]:
    """#getmydescription"""
    return _get(world, arguments, "description")


def set_my_short_description(world: World, arguments: Arguments) -> bool:
    """#setmyshortdescription"""
    return _set(world, arguments, "short_description")


def get_my_short_description(world: World, arguments: Arguments) -> dict[str, Any]:
    """#getmyshortdescription"""
    return _get(world, arguments, "short_description")


def _place(arguments: Arguments) -> tuple[str, str]:
    return arguments.text("scope"), arguments.text("language_code")


def _set(world: World, arguments: Arguments, kind: str) -> bool:
    world.menu.set_description(kind, arguments.text("language_code"), arguments.text(kind))
    return True


def _get(world: World, arguments: Arguments, kind: str) -> dict[str, Any]:
    return {kind: world.menu.description(kind, arguments.text("language_code"))}
