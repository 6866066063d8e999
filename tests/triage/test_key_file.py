import stat
from pathlib import Path

import pytest

from triage.errors import BadKey
from triage.key_file import create_key, new_key, read_seal
from triage.sealing import Seal

KEY = new_key()
TEXT = "Курьер не дозвонился".encode()


def test_a_key_file_is_created_once_and_then_reused(tmp_path: Path) -> None:
    path = tmp_path / "secrets" / "triage.key"
    assert create_key(path)
    sealed = read_seal(path).close(TEXT)
    assert not create_key(path)
    assert read_seal(path).open(sealed) == TEXT


def test_only_its_owner_can_read_a_key_file(tmp_path: Path) -> None:
    path = tmp_path / "triage.key"
    create_key(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_creating_a_key_leaves_no_other_files(tmp_path: Path) -> None:
    path = tmp_path / "triage.key"
    create_key(path)
    create_key(path)
    assert list(tmp_path.iterdir()) == [path]


def test_a_key_that_cannot_be_created_gives_an_error(tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("not a folder")
    with pytest.raises(BadKey, match="not created"):
        create_key(in_the_way / "triage.key")


def test_a_key_file_may_contain_older_keys(tmp_path: Path) -> None:
    path = tmp_path / "triage.key"
    path.write_bytes(b"\n".join([new_key(), KEY, b""]))
    assert read_seal(path).open(Seal([KEY]).close(TEXT)) == TEXT


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"password", "contains no Fernet key"),
        ("пароль".encode(), "contains no Fernet key"),
    ],
)
def test_the_error_for_an_invalid_key_file_has_the_remedy(
    tmp_path: Path, content: bytes, said: str
) -> None:
    path = tmp_path / "triage.key"
    path.write_bytes(content)
    with pytest.raises(BadKey, match=said) as caught:
        read_seal(path)
    assert str(path) in str(caught.value)
    assert "backup" in str(caught.value)


def test_the_error_for_a_missing_key_file_says_that_the_bot_creates_it(tmp_path: Path) -> None:
    with pytest.raises(BadKey, match="the bot creates it"):
        read_seal(tmp_path / "triage.key")


def test_the_error_for_an_invalid_key_shows_no_part_of_it(tmp_path: Path) -> None:
    path = tmp_path / "triage.key"
    path.write_bytes(KEY[:-1] + b"!")
    with pytest.raises(BadKey) as caught:
        read_seal(path)
    assert KEY[:8].decode() not in str(caught.value)
