"""Events at a steady rate, as a script that floods the bot makes them."""

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable


async def at_rate(per_second: float, act: Callable[[int], Awaitable[object]]) -> None:
    """Call `act` with 0, 1, ... until cancelled; what a busy machine delays is made up for."""
    began_s = time.monotonic()
    for number in itertools.count():
        await asyncio.sleep(max(0.0, began_s + number / per_second - time.monotonic()))
        await act(number)
