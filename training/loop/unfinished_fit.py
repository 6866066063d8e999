"""
The folder in which an unfinished fit keeps what it needs to go on after a kill.

It lies beside the folder of the result, under a name that the same command finds again, and goes
away when the result is whole. A fit with other flags never goes on with it.
"""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from training.errors import BadFlag

FLAGS = "flags.json"

# Flags that do not change what a run ends with, so that it may be resumed with others.
NOT_COMPARED = ("out", "restart", "save_steps", "token_file", "gradient_checkpointing")


def open_draft(out: Path, resolved: str, *, restart: bool) -> Path:
    """
    Return the draft for `out`: a new one, or that of a fit with the same `resolved` values, JSON.

    Raises BadFlag where it is of other values, unless `restart` throws it away.
    """
    draft = draft_path(out)
    if restart and draft.exists():
        shutil.rmtree(draft)
    flags = draft / FLAGS
    if flags.exists():
        _compare(draft, json.loads(flags.read_text(encoding="utf-8")), json.loads(resolved))
        return draft
    draft.mkdir(parents=True, exist_ok=True)
    fresh = draft / f".{FLAGS}"
    fresh.write_text(resolved, encoding="utf-8")
    fresh.replace(flags)
    return draft


def draft_path(out: Path) -> Path:
    """Return where the draft of a result lies."""
    out = out.resolve()
    return out.with_name(f".{out.name}-draft")


def _compare(draft: Path, theirs: Mapping[str, Any], ours: Mapping[str, Any]) -> None:
    names = (theirs.keys() | ours.keys()) - set(NOT_COMPARED)
    # A flag says more than what was made of it.
    for name in sorted(names, key=lambda name: (isinstance(ours.get(name), dict), name)):
        if theirs.get(name) != ours.get(name):
            raise BadFlag(
                f"{draft}: holds an unfinished fit with {name} {theirs.get(name)}, not "
                f"{ours.get(name)}; repeat its flags to go on with it, or add --restart"
            )
