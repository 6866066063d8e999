import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.errors import BadMessage, BadSeal
from triage.key_file import new_key
from triage.sealing import Seal

KEY = new_key()
TEXT = "Курьер не дозвонился".encode()


@given(st.binary(max_size=5000))
def test_encrypted_bytes_can_be_decrypted(clear: bytes) -> None:
    seal = Seal([KEY])
    assert seal.open(seal.close(clear)) == clear


def test_encrypted_bytes_do_not_contain_the_text() -> None:
    assert TEXT not in Seal([KEY]).close(TEXT)


def test_equal_texts_are_encrypted_differently() -> None:
    seal = Seal([KEY])
    assert seal.close(TEXT) != seal.close(TEXT)


def test_another_key_cannot_decrypt() -> None:
    with pytest.raises(BadSeal):
        Seal([new_key()]).open(Seal([KEY]).close(TEXT))


@pytest.mark.parametrize("sealed", [b"", b"not sealed", "не запечатано".encode(), b"\x00\xff"])
def test_unencrypted_bytes_raise_bad_message(sealed: bytes) -> None:
    with pytest.raises(BadMessage):
        Seal([KEY]).open(sealed)


@given(st.data())
def test_a_changed_byte_is_detected(data: st.DataObject) -> None:
    seal = Seal([KEY])
    sealed = bytearray(seal.close(TEXT))
    # The last characters may be padding, which carries nothing.
    place = data.draw(st.integers(0, len(sealed) - 5))
    sealed[place] ^= 1 << data.draw(st.integers(0, 6))
    with pytest.raises(BadSeal):
        seal.open(bytes(sealed))


def test_the_first_key_encrypts_and_older_keys_still_decrypt() -> None:
    newer = new_key()
    before = Seal([KEY]).close(TEXT)
    both = Seal([newer, KEY])
    assert both.open(before) == TEXT
    assert Seal([newer]).open(both.close(TEXT)) == TEXT
