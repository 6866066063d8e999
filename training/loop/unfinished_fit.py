"""
The draft folder of an unfinished fit: its checkpoints, for resumption after a kill.

It is a hidden sibling of the output folder, with a name derived from it, and is removed when the
result is complete. A fit with other flags never resumes from it.
"""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from training.errors import BadFlag

FLAGS = "flags.json"

# Flags that do not change the result, so a run may be resumed with other values of them.
NOT_COMPARED = ("out", "restart", "save_steps", "token_file", "gradient_checkpointing")


def open_draft(out: Path, resolved: str, *, restart: bool) -> Path:
    """
    Return the draft for `out`: a new one, or that of a fit with the same `resolved` values, JSON.

    Raises BadFlag if it has other values, unless `restart` removes it.
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
    """Return the path of the draft of a result."""
    out = out.resolve()
    return out.with_name(f".{out.name}-draft")


def _compare(draft: Path, theirs: Mapping[str, Any], ours: Mapping[str, Any]) -> None:
    names = (theirs.keys() | ours.keys()) - set(NOT_COMPARED)
    # A flag is a clearer message than a value derived from it, so flags come first.
    for name in sorted(names, key=lambda name: (isinstance(ours.get(name), dict), name)):
        if theirs.get(name) != ours.get(name):
            raise BadFlag(
                f"{draft}: holds an unfinished fit with {name} {theirs.get(name)}, not "
                f"{ours.get(name)}; repeat its flags to resume it, or add --restart"
            )
