"""Ids of reviews: UUIDv7 (RFC 9562, section 5.7), so that they sort by the time of acceptance."""

import secrets
import uuid


def new_review_id(now_ms: int) -> uuid.UUID:
    """Return a UUIDv7 for `now_ms`, milliseconds since the epoch."""
    value = now_ms << 80 | secrets.randbits(80)
    value = value & ~(0xF << 76) | 0x7 << 76  # version
    value = value & ~(0x3 << 62) | 0x2 << 62  # variant
    return uuid.UUID(int=value)
