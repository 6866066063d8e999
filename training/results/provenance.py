"""
The provenance of a result: the values of all flags, digests of the files, library versions.

It is printed before the work and saved with the result, so that the command can be repeated.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from training.results.atomic_output import write_text
from triage.manifest import digest

# Results depend on these besides flags and data.
LIBRARIES = ("numpy", "scipy", "scikit-learn", "iterative-stratification", "snowballstemmer")


def resolve(
    command: str,
    flags: Mapping[str, Any],
    *,
    files: Mapping[str, Path] | None = None,
    libraries: Sequence[str] = LIBRARIES,
    **facts: Any,
) -> str:
    """Return the values as JSON; of each of `files` the digest is added as NAME_sha256."""
    values = {name: _plain(value) for name, value in flags.items()}
    values |= facts
    values |= {f"{name}_sha256": digest(path) for name, path in (files or {}).items()}
    values["libraries"] = {name: version(name) for name in libraries}
    return json.dumps({"command": command, **values}, indent=2, ensure_ascii=False)


def save_flags(path: Path, resolved: str) -> None:
    """Write the values that the file `path` was made with to `path`.flags.json."""
    write_text(path.with_name(f"{path.name}.flags.json"), resolved + "\n")


def _plain(value: Any) -> Any:
    if isinstance(value, Path):
        return _relative(value)
    if isinstance(value, Iterable) and not isinstance(value, str):
        return [_plain(one) for one in value]
    return value


def _relative(path: Path) -> str:
    """Return a path relative to the current folder if it is inside, to hide the folders above."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)
