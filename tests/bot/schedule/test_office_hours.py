from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.schedule.office_hours import (
    HOUR_MS,
    BadOfficeHours,
    OfficeHours,
    after_office_hours,
    parse_office_hours,
)

BERLIN = ZoneInfo("Europe/Berlin")
WEEKDAYS = parse_office_hours("Mon-Fri 09:00-18:00", BERLIN)
ALWAYS = parse_office_hours("Mon-Sun 00:00-24:00", BERLIN)


def ms(local: str, *, fold: int = 0) -> int:
    """Return a moment in Berlin, written as its clocks show it."""
    return round(datetime.fromisoformat(local).replace(tzinfo=BERLIN, fold=fold).timestamp() * 1000)


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        ("2026-11-25 10:00", 4, "2026-11-25 14:00"),  # inside one day
        ("2026-11-25 09:00", 9, "2026-11-25 18:00"),  # the whole day
        ("2026-11-25 16:00", 4, "2026-11-26 11:00"),  # over a night
        ("2026-11-25 07:00", 1, "2026-11-25 10:00"),  # before opening
        ("2026-11-25 23:30", 1, "2026-11-26 10:00"),  # after closing
        ("2026-11-27 17:00", 2, "2026-11-30 10:00"),  # over a weekend
        ("2026-11-28 12:00", 24, "2026-12-02 15:00"),  # from a Saturday, over two and a half days
    ],
)
def test_only_office_hours_are_counted(start: str, hours: float, end: str) -> None:
    assert after_office_hours(ms(start), hours, WEEKDAYS) == ms(end)


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        # On 29 March 2026 clocks jump from 2 to 3, on 25 October they repeat the hour from 2 to 3.
        ("2026-03-28 22:00", 6, "2026-03-29 05:00"),
        ("2026-10-24 22:00", 6, "2026-10-25 03:00"),
        ("2026-03-28 12:00", 24, "2026-03-29 13:00"),
        ("2026-10-24 12:00", 24, "2026-10-25 11:00"),
    ],
)
def test_office_hours_count_elapsed_time_across_a_daylight_saving_change(
    start: str, hours: float, end: str
) -> None:
    assert after_office_hours(ms(start), hours, ALWAYS) == ms(end)


def test_an_office_opens_at_local_time_before_and_after_a_daylight_saving_change() -> None:
    for friday, monday in (("2026-03-27", "2026-03-30"), ("2026-10-23", "2026-10-26")):
        assert after_office_hours(ms(f"{friday} 17:00"), 2, WEEKDAYS) == ms(f"{monday} 10:00")


def test_a_shift_across_a_daylight_saving_change_is_an_hour_shorter_or_longer() -> None:
    nights = parse_office_hours("Sun 01:00-05:00", BERLIN)
    assert after_office_hours(ms("2026-03-29 00:00"), 3, nights) == ms("2026-03-29 05:00")
    assert after_office_hours(ms("2026-10-25 00:00"), 5, nights) == ms("2026-10-25 05:00")


def test_a_review_in_the_repeated_hour_counts_from_its_actual_time() -> None:
    first, second = ms("2026-10-25 02:30"), ms("2026-10-25 02:30", fold=1)
    assert second - first == HOUR_MS
    assert after_office_hours(second, 1, ALWAYS) - after_office_hours(first, 1, ALWAYS) == HOUR_MS


@pytest.mark.parametrize(
    ("text", "periods"),
    [
        ("Sat 10:00-14:00", {5: [(600, 840)]}),
        ("mon 9:00-12:00,  Mon 13:00-17:30", {0: [(540, 720), (780, 1050)]}),
        ("Fri-Mon 00:00-24:00", {4: [(0, 1440)], 5: [(0, 1440)], 6: [(0, 1440)], 0: [(0, 1440)]}),
        ("Tue 9:00-12:00, Tue 11:00-14:00", {1: [(540, 840)]}),
    ],
)
def test_office_hours_are_parsed(text: str, periods: dict[int, list[tuple[int, int]]]) -> None:
    assert parse_office_hours(text, BERLIN).periods == periods


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "'' is not like Mon-Fri 09:00-18:00"),
        ("always", "'always' is not like"),
        ("Mon-Fri", "'mon-fri' is not like"),
        ("Mo-Fr 09:00-18:00", "is not like"),
        ("Abc 09:00-18:00", "'abc' is not a day"),
        ("Mon 22:00-06:00", "ends before it begins; write two entries over midnight"),
        ("Mon 09:00-09:00", "ends before it begins"),
        ("Mon 09:60-18:00", "'09:60' is not a time"),
        ("Mon 09:00-24:30", "'24:30' is not a time"),
        ("Mon 09:00-18:00,", "'' is not like"),
    ],
)
def test_invalid_office_hours_are_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(BadOfficeHours) as caught:
        parse_office_hours(text, BERLIN)
    assert reason in str(caught.value)


MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2027, 12, 31)).map(  # noqa: DTZ001
    lambda moment: round(moment.replace(tzinfo=BERLIN).timestamp() * 1000)
)


def opened_ms(start_ms: int, end_ms: int, office: OfficeHours) -> int:
    """Count the open time between two moments, minute by minute: slow and obvious."""
    minute_ms, open_ms = 60_000, 0
    for moment_ms in range(start_ms, end_ms, minute_ms):
        local = datetime.fromtimestamp(moment_ms / 1000, office.zone)
        minute = local.hour * 60 + local.minute
        if any(a <= minute < b for a, b in office.periods.get(local.weekday(), ())):
            open_ms += minute_ms
    return open_ms


@given(start_ms=MOMENTS, hours=st.integers(1, 30))
def test_the_time_from_start_to_end_contains_exactly_the_given_office_hours(
    start_ms: int, hours: int
) -> None:
    start_ms -= start_ms % 60_000
    end_ms = after_office_hours(start_ms, hours, WEEKDAYS)
    assert end_ms - start_ms <= timedelta(days=9) / timedelta(milliseconds=1)
    assert opened_ms(start_ms, end_ms, WEEKDAYS) == hours * HOUR_MS
