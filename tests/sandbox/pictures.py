"""Small pictures to send."""

import io

from aiogram.types import BufferedInputFile
from PIL import Image


def png(width: int = 64, height: int = 48) -> BufferedInputFile:
    """Return a PNG of this size."""
    file = io.BytesIO()
    Image.new("L", (width, height)).save(file, "PNG")
    return BufferedInputFile(file.getvalue(), "chart.png")
