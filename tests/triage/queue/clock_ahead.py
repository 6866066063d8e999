"""
Entries that Redis delivered while its clock was ahead.

No command stores a delivery in the future, and a test cannot set the clock of a server. The stream
is dumped, the moments in it are changed, and it is restored
(https://redis.io/docs/latest/commands/dump/; the last 8 bytes are CRC-64/Jones of the rest).
"""

import time

from redis.asyncio import Redis

_POLYNOMIAL = 0x95AC9329AC4BC9B5
_FOOTER_BYTES = 8


async def deliver_later(redis: Redis, stream: str, ahead_ms: int) -> int:
    """Move the deliveries of all pending entries by `ahead_ms`; return how many there are."""
    payload = bytearray(await redis.dump(stream))
    moved = 0
    for name in await _pending_ids(redis, stream):
        raw = b"".join(int(part).to_bytes(8, "big") for part in name.split(b"-"))
        start = 0
        while (start := payload.find(raw, start)) >= 0:
            place = slice(start + len(raw), start + len(raw) + 8)
            delivered_ms = int.from_bytes(payload[place], "little")
            if abs(delivered_ms - time.time() * 1000) < 3_600_000:
                payload[place] = (delivered_ms + ahead_ms).to_bytes(8, "little")
                moved += 1
            start += len(raw)
    payload[-_FOOTER_BYTES:] = _crc64(payload[:-_FOOTER_BYTES]).to_bytes(8, "little")
    await redis.restore(stream, 0, bytes(payload), replace=True)
    return moved


async def _pending_ids(redis: Redis, stream: str) -> list[bytes]:
    groups = await redis.xinfo_groups(stream)
    rows = [
        row
        for group in groups
        for row in await redis.xpending_range(stream, group["name"], "-", "+", 1000)
    ]
    return [row["message_id"] for row in rows]


def _crc64(data: bytes) -> int:
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (_POLYNOMIAL if crc & 1 else 0)
    return crc
