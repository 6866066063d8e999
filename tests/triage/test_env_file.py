"""An `.env` file: values as they are written, or one line that says where and what to do."""

from pathlib import Path

import pytest

from triage.env_file import read_env_file
from triage.errors import BadSettings


def read(folder: Path, content: bytes) -> dict[str, str]:
    (folder / ".env").write_bytes(content)
    return read_env_file(folder / ".env")


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("A=x${HOME}y", "x${HOME}y"),
        ("A=${x}", "${x}"),
        ('A="pa$$word${B:-c}"', "pa$$word${B:-c}"),
        ("A='pa$word'", "pa$word"),
        ("A=a#b", "a#b"),
        ("A=a # a comment", "a"),
        ("export A=Я", "Я"),
        ("A=", ""),
    ],
)
def test_env_file_values_are_not_expanded(tmp_path: Path, line: str, value: str) -> None:
    assert read(tmp_path, f"B=of another line\n{line}\n".encode())["A"] == value


def test_byte_order_mark_and_windows_line_ends_are_not_part_of_a_value(
    tmp_path: Path,
) -> None:
    content = b"\xef\xbb\xbfA=1\r\n# a comment\r\n\r\nB=2\r\n"
    assert read(tmp_path, content) == {"A": "1", "B": "2"}


def test_a_missing_env_file_sets_nothing(tmp_path: Path) -> None:
    assert read_env_file(tmp_path / ".env") == {}


UNREADABLE = [
    ("BOT_TOKEN=1:secret\n".encode("utf-16"), ".env: is UTF-16; save it as UTF-8"),
    ("BOT_TOKEN=1:secret\n".encode("utf-16-le"), ".env: is UTF-16; save it as UTF-8"),
    ("A=1\n# Оценка\n".encode("utf-16-be"), ".env: is UTF-16; save it as UTF-8"),
    ("BOT_TOKEN=1:secret\n".encode("utf-32"), ".env: is UTF-16; save it as UTF-8"),
    (
        "A=secret\nB=пароль\n".encode("cp1251"),
        ".env, line 2: is not UTF-8; save the file as UTF-8",
    ),
    (b"A=1\n\nB=se\0cret\n", ".env, line 3: has a NUL byte; write the line again"),
    (b'A=1\n\n\nB="secret\n', ".env, line 4: is not NAME=value; check its quotes"),
    (b"A=1\nB='sec'ret\n", ".env, line 2: is not NAME=value; check its quotes"),
    (b"# a comment\n\nBOT_TOKEN 1:secret\n", ".env, line 3: is not NAME=value; check its quotes"),
    (b"A=1\r\nBOT_TOKEN\r\n", ".env, line 2: has no =; write NAME=value"),
]


@pytest.mark.parametrize(("content", "line"), UNREADABLE)
def test_an_unreadable_env_file_gives_a_one_line_error_without_values(
    tmp_path: Path, content: bytes, line: str
) -> None:
    with pytest.raises(BadSettings) as caught:
        read(tmp_path, content)
    assert str(caught.value) == f"{tmp_path}/{line}"


def test_the_error_explains_a_folder_instead_of_the_env_file(tmp_path: Path) -> None:
    (tmp_path / ".env").mkdir()
    with pytest.raises(BadSettings, match=r"\.env: is a folder; Docker creates one .* Remove it"):
        read_env_file(tmp_path / ".env")
