"""How long a reply is held before it is sent, and how late a status message may come."""

# Long enough to read one's own message again and to tap Cancel.
HOLD_S = 10.0

# A handler shows the status of its reply immediately; the duty shows those older than this.
STATUS_LATE_MS = 10_000


def hold_ms() -> int:
    """Return the length of the hold in milliseconds."""
    return round(HOLD_S * 1000)
