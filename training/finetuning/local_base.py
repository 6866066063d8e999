"""
The id and revision of a base in a local folder, without a path of this machine.

A folder of the hub's cache has its repository and commit in its path. Another folder is identified
by its name and a digest of its weights, so that an adapter is never loaded on other weights.
"""

import hashlib
from pathlib import Path

from triage.manifest import BaseModelRef, digest

LOCAL = "local"


def name_base(folder: Path, *, base_id: str | None, revision: str | None) -> BaseModelRef:
    """Return id and revision of the base in `folder`; given ones take precedence."""
    folder = folder.resolve()
    cached = _from_cache(folder)
    found = cached or (f"{LOCAL}/{folder.name}", None)
    return BaseModelRef(
        id=base_id or found[0], revision=revision or found[1] or revision_of(folder)
    )


def is_local(ref: BaseModelRef) -> bool:
    """Return whether a base is identified by its folder; it is then not on a hub."""
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
