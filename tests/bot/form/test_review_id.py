from uuid import RFC_4122

from hypothesis import given
from hypothesis import strategies as st

from bot.form.review_id import new_review_id

MOMENTS = st.integers(0, 2**48 - 1)


@given(MOMENTS)
def test_an_id_has_the_version_and_variant_of_rfc_9562(now_ms: int) -> None:
    made = new_review_id(now_ms)
    assert made.version == 7
    assert made.variant == RFC_4122


@given(MOMENTS)
def test_an_id_starts_with_its_timestamp_in_milliseconds(now_ms: int) -> None:
    assert int(new_review_id(now_ms).hex[:12], 16) == now_ms


@given(st.lists(MOMENTS, unique=True))
def test_ids_sort_by_the_time_of_acceptance(moments: list[int]) -> None:
    ids = [new_review_id(now_ms) for now_ms in sorted(moments)]
    assert ids == sorted(ids)
    assert [str(i) for i in ids] == sorted(str(i) for i in ids)


def test_ids_of_the_same_millisecond_differ() -> None:
    assert len({new_review_id(1_700_000_000_000) for _ in range(1000)}) == 1000
