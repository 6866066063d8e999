"""Sizes of files as text for a log line."""


def size_text(count: int) -> str:
    """Return a number of bytes in GB, or in MB below half a GB."""
    size, unit = (1e9, "GB") if count >= 5e8 else (1e6, "MB")
    return f"{count / size:.1f} {unit}"
