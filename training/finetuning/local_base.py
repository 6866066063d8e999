"""
What a base in a local folder is called, so that nothing names a place on one machine.

A folder of the hub's cache knows its repository and commit. Another is called after itself, and its
revision is made of its weights, so that an adapter never meets others by the same name.
"""

import hashlib
from pathlib import Path

from triage.manifest import BaseModelRef, digest

LOCAL = "local"


def name_base(folder: Path, *, base_id: str | None, revision: str | None) -> BaseModelRef:
    """Return id and revision of the base in `folder`, those given before those found."""
    folder = folder.resolve()
    cached = _from_cache(folder)
    found = cached or (f"{LOCAL}/{folder.name}", None)
    return BaseModelRef(
        id=base_id or found[0], revision=revision or found[1] or revision_of(folder)
    )


def is_local(ref: BaseModelRef) -> bool:
    """Return whether a base is called after its folder, so that no hub has it."""
    return ref.id.startswith(f"{LOCAL}/")


def _from_cache(folder: Path) -> tuple[str, str] | None:
    """Return repository and commit of a path like models--ORG--NAME/snapshots/COMMIT."""
    repository = folder.parent.parent.name
    if folder.parent.name != "snapshots" or not repository.startswith("models--"):
        return None
    return repository.removeprefix("models--").replace("--", "/"), folder.name


def revision_of(folder: Path) -> str:
    """Return 40 hexadecimal digits that depend on all weights in `folder`."""
    digests = [digest(path) for path in sorted(folder.glob("*.safetensors"))]
    return hashlib.sha256("".join(digests).encode()).hexdigest()[:40]
