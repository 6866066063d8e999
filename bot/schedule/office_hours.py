"""
Office hours: when the team works, and when a number of working hours has passed. Pure.

Hours are counted in elapsed time, so a day on which the clocks change is an hour longer or shorter.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

HOUR_MS = 3_600_000

_ENTRY = re.compile(
    r"(?P<first>[a-z]{3})(?:-(?P<last>[a-z]{3}))? "
    r"(?P<opens>\d{1,2}:\d{2})-(?P<closes>\d{1,2}:\d{2})"
)
_MINUTES_A_DAY = 24 * 60


class BadOfficeHours(ValueError):
    """The text does not describe office hours."""


@dataclass(frozen=True, slots=True)
class OfficeHours:
    """The periods of a week, by weekday (0 is Monday): minutes after midnight, from and to."""

    periods: Mapping[int, Sequence[tuple[int, int]]]
    zone: ZoneInfo


def parse_office_hours(text: str, zone: ZoneInfo) -> OfficeHours:
    """
    Return the hours that a text such as "Mon-Fri 09:00-18:00, Sat 10:00-14:00" describes.

    Raises BadOfficeHours.
    """
    periods: dict[int, list[tuple[int, int]]] = {}
    for entry in text.split(","):
        days, period = _entry(" ".join(entry.lower().split()))
        for day in days:
            periods.setdefault(day, []).append(period)
    return OfficeHours({day: _merged(found) for day, found in periods.items()}, zone)


def after_office_hours(start_ms: int, hours: float, office: OfficeHours) -> int:
    """Return the moment at which `hours` office hours have passed since `start_ms`."""
    left_ms = round(hours * HOUR_MS)
    for opens_ms, closes_ms in _open_since(start_ms, office):
        if closes_ms - opens_ms >= left_ms:
            return opens_ms + left_ms
        left_ms -= closes_ms - opens_ms
    raise AssertionError("a week has office hours, so they come again")


def _open_since(start_ms: int, office: OfficeHours) -> Iterator[tuple[int, int]]:
    """Yield the periods from `start_ms` on, in order, without end."""
    first = datetime.fromtimestamp(start_ms / 1000, office.zone).date()
    for days in count(-1):  # a period of the day before may end today, when clocks change
        day = first + timedelta(days=days)
        for opens, closes in office.periods.get(day.weekday(), ()):
            opens_ms = max(_moment_ms(day, opens, office.zone), start_ms)
            closes_ms = _moment_ms(day, closes, office.zone)
            if opens_ms < closes_ms:
                yield opens_ms, closes_ms


def _moment_ms(day: date, minutes: int, zone: ZoneInfo) -> int:
    """Return when the local clock shows this time; a skipped time counts as later."""
    midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001
    local = (midnight + timedelta(minutes=minutes)).replace(tzinfo=zone)
    return round(local.astimezone(UTC).timestamp() * 1000)


def _entry(entry: str) -> tuple[list[int], tuple[int, int]]:
    found = _ENTRY.fullmatch(entry)
    if found is None:
        raise BadOfficeHours(f"'{entry}' is not like Mon-Fri 09:00-18:00")
    first, last = _day(found["first"]), _day(found["last"] or found["first"])
    days = [(first + i) % 7 for i in range((last - first) % 7 + 1)]
    opens, closes = _minutes(found["opens"]), _minutes(found["closes"])
    if opens >= closes:
        raise BadOfficeHours(f"'{entry}' ends before it begins; write two entries over midnight")
    return days, (opens, closes)


def _day(name: str) -> int:
    if name not in DAYS:
        raise BadOfficeHours(f"'{name}' is not a day; the days are {', '.join(DAYS)}")
    return DAYS.index(name)


def _minutes(clock: str) -> int:
    hours, minutes = map(int, clock.split(":"))
    total = hours * 60 + minutes
    if minutes > 59 or total > _MINUTES_A_DAY:
        raise BadOfficeHours(f"'{clock}' is not a time of day")
    return total


def _merged(periods: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the periods of a day in order, those that overlap as one."""
    merged: list[tuple[int, int]] = []
    for opens, closes in sorted(periods):
        if merged and opens <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], closes))
        else:
            merged.append((opens, closes))
    return merged
