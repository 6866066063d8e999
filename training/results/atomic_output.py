"""Writes a file atomically: it appears complete, and an older one stays until then."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from training.errors import OutputInTheWay


@contextmanager
def writing(path: Path) -> Iterator[Path]:
    """
    Yield the path of an empty file that replaces `path` when the block ends without an error.

    Raises OutputInTheWay immediately if `path` is a folder or its parent is not a folder.
    """
    path = path.resolve()
    if path.is_dir():
        raise OutputInTheWay(f"{path}: is a folder; name a file")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    except OSError as e:
        raise OutputInTheWay(f"{path}: {e.strerror}; name another place") from e
    os.close(handle)
    draft = Path(name)
    try:
        draft.chmod(0o644)  # a temporary file is readable by its owner only
        yield draft
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write `text` as UTF-8."""
    with writing(path) as draft:
        draft.write_text(text, encoding="utf-8")
