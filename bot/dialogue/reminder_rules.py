"""When moderators are reminded of a review that waits for an answer. Pure."""

from bot.schedule.office_hours import OfficeHours, after_office_hours

# Office hours until the reminder, for the lowest third of the rating scale and for the middle one.
LOW_HOURS, MIDDLE_HOURS = 4.0, 24.0


def reminder_hours(rating: int | None, lowest: int, highest: int) -> float | None:
    """
    Return after how many office hours a reminder is due, None for the best third of the scale.

    A review without a rating counts as one of the middle third.
    """
    if rating is None:
        return MIDDLE_HOURS
    place = 3 * (rating - lowest) / max(1, highest - lowest)
    if place < 1:
        return LOW_HOURS
    return MIDDLE_HOURS if place < 2 else None


def best_third(lowest: int, highest: int) -> int:
    """Return the lowest rating that gets no reminder."""
    ratings = range(lowest, highest + 1)
    return next((r for r in ratings if reminder_hours(r, lowest, highest) is None), highest + 1)


def reminder_due_ms(
    accepted_ms: int, rating: int | None, scale: tuple[int, int], office: OfficeHours
) -> int | None:
    """Return when the reminder of a review is due, None if there is none."""
    hours = reminder_hours(rating, *scale)
    return None if hours is None else after_office_hours(accepted_ms, hours, office)
