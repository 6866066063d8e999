import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.errors import BadMessage, BadSeal
from triage.key_file import new_key
from triage.sealing import Seal

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
