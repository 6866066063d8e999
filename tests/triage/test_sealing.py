import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.errors import BadKey, BadMessage, BadSeal
from triage.sealing import Seal, create_key, new_key, read_seal

KEY = new_key()
TEXT = "Курьер не дозвонился".encode()


@given(st.binary(max_size=5000))
def test_what_was_sealed_opens_again(clear: bytes) -> None:
    seal = Seal([KEY])
    assert seal.open(seal.close(clear)) == clear


def test_sealed_bytes_do_not_show_the_text() -> None:
    assert TEXT not in Seal([KEY]).close(TEXT)


def test_equal_texts_are_sealed_differently() -> None:
    seal = Seal([KEY])
    assert seal.close(TEXT) != seal.close(TEXT)


def test_another_key_opens_nothing() -> None:
    with pytest.raises(BadSeal):
        Seal([new_key()]).open(Seal([KEY]).close(TEXT))


@pytest.mark.parametrize("sealed", [b"", b"not sealed", "не запечатано".encode(), b"\x00\xff"])
def test_bytes_that_were_never_sealed_open_as_a_bad_message(sealed: bytes) -> None:
    with pytest.raises(BadMessage):
        Seal([KEY]).open(sealed)


@given(st.data())
def test_a_changed_byte_is_noticed(data: st.DataObject) -> None:
    seal = Seal([KEY])
    sealed = bytearray(seal.close(TEXT))
    # The last characters may be padding, which carries nothing.
    place = data.draw(st.integers(0, len(sealed) - 5))
    sealed[place] ^= 1 << data.draw(st.integers(0, 6))
    with pytest.raises(BadSeal):
        seal.open(bytes(sealed))


def test_a_new_key_in_front_seals_and_the_old_one_still_opens() -> None:
    newer = new_key()
    before = Seal([KEY]).close(TEXT)
    both = Seal([newer, KEY])
    assert both.open(before) == TEXT
    assert Seal([newer]).open(both.close(TEXT)) == TEXT


def test_a_key_file_is_made_once_and_read_by_everybody_after(tmp_path: Path) -> None:
    path = tmp_path / "secrets" / "triage.key"
    assert create_key(path)
    sealed = read_seal(path).close(TEXT)
    assert not create_key(path)
    assert read_seal(path).open(sealed) == TEXT


def test_only_its_owner_can_read_a_key_file(tmp_path: Path) -> None:
    path = tmp_path / "triage.key"
    create_key(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_making_a_key_leaves_nothing_else_behind(tmp_path: Path) -> None:
    path = tmp_path / "triage.key"
    create_key(path)
    create_key(path)
    assert list(tmp_path.iterdir()) == [path]


def test_a_key_that_cannot_be_made_says_so(tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("not a folder")
    with pytest.raises(BadKey, match="cannot be made"):
        create_key(in_the_way / "triage.key")


def test_a_key_file_may_hold_older_keys_below(tmp_path: Path) -> None:
    path = tmp_path / "triage.key"
    path.write_bytes(b"\n".join([new_key(), KEY, b""]))
    assert read_seal(path).open(Seal([KEY]).close(TEXT)) == TEXT


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"password", "holds no Fernet key"),
        ("пароль".encode(), "holds no Fernet key"),
    ],
)
def test_a_useless_key_file_says_what_to_do(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "triage.key"
    path.write_bytes(content)
    with pytest.raises(BadKey, match=said) as caught:
        read_seal(path)
    assert str(path) in str(caught.value)
    assert "backup" in str(caught.value)


def test_a_missing_key_file_says_who_makes_it(tmp_path: Path) -> None:
    with pytest.raises(BadKey, match="the bot makes it"):
        read_seal(tmp_path / "triage.key")


def test_a_refusal_shows_no_part_of_a_key(tmp_path: Path) -> None:
    path = tmp_path / "triage.key"
    path.write_bytes(KEY[:-1] + b"!")
    with pytest.raises(BadKey) as caught:
        read_seal(path)
    assert KEY[:8].decode() not in str(caught.value)
