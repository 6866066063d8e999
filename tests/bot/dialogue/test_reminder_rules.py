from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.dialogue.reminder_rules import reminder_due_ms, reminder_hours
from bot.schedule.office_hours import parse_office_hours


@pytest.mark.parametrize(
    ("scale", "hours"),
    [
        ((0, 6), [4, 4, 24, 24, None, None, None]),
        ((1, 5), [4, 4, 24, None, None]),
        ((1, 10), [4, 4, 4, 24, 24, 24, None, None, None, None]),
        ((0, 1), [4, None]),
    ],
)
def test_a_worse_rating_has_an_earlier_reminder(
    scale: tuple[int, int], hours: list[float | None]
) -> None:
    ratings = range(scale[0], scale[1] + 1)
    assert [reminder_hours(rating, *scale) for rating in ratings] == hours


def test_a_review_without_a_rating_is_reminded_like_a_middle_rating() -> None:
    assert reminder_hours(None, 0, 6) == 24


def test_reminder_times_count_only_office_hours() -> None:
    office = parse_office_hours("Mon-Fri 09:00-18:00", ZoneInfo("UTC"))
    friday = datetime(2026, 11, 27, 17, tzinfo=UTC)
    due = reminder_due_ms(round(friday.timestamp() * 1000), 0, (0, 6), office)
    assert due == round(datetime(2026, 11, 30, 12, tzinfo=UTC).timestamp() * 1000)
    assert reminder_due_ms(0, 6, (0, 6), office) is None
