"""A grey picture, which replaces a photo that Telegram no longer lets the bot delete. Pure."""

import struct
import zlib

WIDTH_PX, HEIGHT_PX, GREY = 160, 90, 0xC0


def blank_png() -> bytes:
    """Return a PNG of one colour (https://www.w3.org/TR/png-3/): 8 bits a pixel, no alpha."""
    header = struct.pack(">IIBBBBB", WIDTH_PX, HEIGHT_PX, 8, 0, 0, 0, 0)
    rows = (b"\0" + bytes([GREY]) * WIDTH_PX) * HEIGHT_PX
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*chunk) for chunk in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
