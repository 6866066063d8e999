"""
Reads an `.env` file: one `NAME=value` on each line, UTF-8, with every value as it is written.

A file that cannot be read completely is refused: a silently skipped line would leave the default
value. No error message contains a value, because it may be a secret.
"""

import io
from pathlib import Path

from dotenv.parser import parse_stream

from triage.errors import BadSettings

# Marks at the beginning of a file that is not UTF-8. UTF-32 begins like UTF-16.
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")


def read_env_file(path: Path) -> dict[str, str]:
    """
    Return the values by name; nothing if there is no file.

    `${x}` in a value is not replaced. Raises BadSettings, one line with the remedy.
    """
    if path.is_dir():
        raise BadSettings(
            f"{path}: is a folder; Docker creates one in place of a missing file. "
            f"Remove it and copy .env.example to {path}"
        )
    try:
        return _parsed(read_utf8(path), path)
    except FileNotFoundError:
        return {}


def read_utf8(path: Path) -> str:
    """Return the text of a file, without a byte order mark; raises BadSettings and OSError."""
    data = path.read_bytes()
    if data.startswith(_WIDE_MARKS) or data.count(0) > len(data) // 4:
        raise BadSettings(f"{path}: is UTF-16; save it as UTF-8")
    if 0 in data:
        line = _line_of(data, data.index(0))
        raise BadSettings(f"{path}, line {line}: has a NUL byte; write the line again")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as e:
        line = _line_of(data, e.start)
        raise BadSettings(f"{path}, line {line}: is not UTF-8; save the file as UTF-8") from None


def _parsed(text: str, path: Path) -> dict[str, str]:
    values: dict[str, str] = {}
    for binding in parse_stream(io.StringIO(text)):
        written = binding.original
        # The parser includes the blank lines before a binding.
        blank = len(written.string) - len(written.string.lstrip())
        where = f"{path}, line {written.line + written.string[:blank].count(chr(10))}"
        if binding.error:
            raise BadSettings(f"{where}: is not NAME=value; check its quotes")
        if binding.key is None:
            continue
        if binding.value is None:
            raise BadSettings(f"{where}: has no =; write NAME=value")
        values[binding.key] = binding.value
    return values


def _line_of(data: bytes, offset: int) -> int:
    return data.count(b"\n", 0, offset) + 1
