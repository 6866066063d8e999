"""Makes a file of which a reader sees all or nothing, and which is never made twice."""

import os
from pathlib import Path


def create_file(path: Path, content: bytes, mode: int) -> bool:
    """
    Make the file with `content` and the permissions `mode`; return False where there is one.

    Its folder is made too. Raises OSError where that cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = _write_draft(path, content, mode)
    try:
        os.link(draft, path)  # fails where the name is taken, unlike a rename
    except FileExistsError:
        return False
    finally:
        draft.unlink()
    return True


def replace_file(path: Path, content: bytes, mode: int) -> None:
    """Put the file in the place of any that is there. Raises OSError."""
    _write_draft(path, content, mode).replace(path)


def _write_draft(path: Path, content: bytes, mode: int) -> Path:
    """Write `content` to the disk, beside `path`, and return where."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "wb") as file:
        os.fchmod(descriptor, mode)  # whatever the umask takes away
        file.write(content)
        file.flush()
        os.fsync(descriptor)
    return draft


def is_writable(folder: Path) -> bool:
    """Return whether this user may write the folder, or make it where it is missing."""
    there = next(parent for parent in (folder, *folder.absolute().parents) if parent.exists())
    return there.is_dir() and os.access(there, os.W_OK | os.X_OK)
