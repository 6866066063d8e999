"""The prefixes of callback data: a button must not be read as one of another kind."""

import importlib
import pkgutil
from collections import Counter
from collections.abc import Iterator

from aiogram.filters.callback_data import CallbackData

import bot
from bot.desk import desk_taps


def test_each_kind_of_button_has_its_own_prefix() -> None:
    for module in pkgutil.walk_packages(bot.__path__, "bot."):
        if not module.name.endswith("__main__") and ".migrations." not in module.name:
            importlib.import_module(module.name)
    prefixes = [kind.__prefix__ for kind in _subclasses(CallbackData) if _is_of_bot(kind)]
    assert len(prefixes) > 5, "the classes were found"
    counted = Counter([*prefixes, desk_taps.PREFIX])
    assert [prefix for prefix, count in counted.items() if count > 1] == []


def _subclasses(kind: type[CallbackData]) -> Iterator[type[CallbackData]]:
    for subclass in kind.__subclasses__():
        yield subclass
        yield from _subclasses(subclass)


def _is_of_bot(kind: type[CallbackData]) -> bool:
    return kind.__module__.startswith("bot.")
