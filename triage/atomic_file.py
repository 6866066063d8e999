"""Atomic file creation: a reader sees the whole file or none."""

import os
from pathlib import Path


def create_file(path: Path, content: bytes, mode: int) -> bool:
    """
    Create the file with `content` and the permissions `mode`; return False if it exists.

    Its folder is created too. Raises OSError if it cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = _write_draft(path, content, mode)
    try:
        os.link(draft, path)  # fails if the name exists, unlike a rename
    except FileExistsError:
        return False
    finally:
        draft.unlink()
    return True


def replace_file(path: Path, content: bytes, mode: int) -> None:
    """Create the file, or replace it if it exists. Raises OSError."""
    _write_draft(path, content, mode).replace(path)


def _write_draft(path: Path, content: bytes, mode: int) -> Path:
    """Write `content` to a temporary file in the folder of `path` and return its path."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    # In a container a process often has the number of one that was killed and left its draft.
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        os.fchmod(descriptor, mode)  # regardless of the umask
        file.write(content)
        file.flush()
        os.fsync(descriptor)
    return draft


def is_writable(folder: Path) -> bool:
    """Return whether this user may write the folder, or create it if it is missing."""
    there = next(parent for parent in (folder, *folder.absolute().parents) if parent.exists())
    return there.is_dir() and os.access(there, os.W_OK | os.X_OK)
