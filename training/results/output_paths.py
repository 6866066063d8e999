"""
Checks of output paths: they overwrite no input and no other output, and can be written.

Commands check before they begin, so that neither data nor hours of work are lost at the end.
"""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from training.errors import BadFlag, OutputInTheWay


def check_output_paths(
    *, reads: Mapping[str, Path | Sequence[Path] | None], writes: Mapping[str, Path | None]
) -> None:
    """
    Check the files that a command reads and writes, by the names of their flags; None is no file.

    Raises BadFlag for an output that another flag names too, OutputInTheWay for one that cannot be
    written.
    """
    named = {path.resolve(): flag for flag, value in reads.items() for path in _paths(value)}
    for flag, value in writes.items():
        for path in _paths(value):
            other = named.setdefault(path.resolve(), flag)
            if other != flag:
                raise BadFlag(f"--{flag} {path}: is named as {other} too; must be another file")
            check_writable(path)


def check_output_folder(*, reads: Mapping[str, Sequence[Path]], name: str, folder: Path) -> None:
    """
    Check that no path in `reads`, by the names of their flags, is in a folder that is replaced.

    Raises BadFlag; `name` is what the error calls the folder.
    """
    replaced = folder.resolve()
    for flag, paths in reads.items():
        for path in paths:
            if path.resolve() == replaced:
                raise BadFlag(f"{name} {folder}: is named as {flag} too; must be another folder")
            if path.resolve().is_relative_to(replaced):
                raise BadFlag(
                    f"{name} {folder}: is replaced as a whole, and {flag} {path} is in it; name "
                    "another folder"
                )


def check_writable(path: Path) -> None:
    """Raise OutputInTheWay if `path` is a folder or cannot be created; leaves no file."""
    if path.is_dir():
        raise OutputInTheWay(f"{path}: is a folder; name a file")
    above = next(one for one in path.resolve().parents if one.exists())
    try:
        # Permissions alone do not show a read-only file system, or one such as /proc.
        with tempfile.TemporaryFile(dir=above):
            pass
    except OSError as e:
        raise OutputInTheWay(f"{path}: {e.strerror}; name another place") from e


def _paths(value: Path | Sequence[Path] | None) -> Sequence[Path]:
    if value is None:
        return ()
    return (value,) if isinstance(value, Path) else value
