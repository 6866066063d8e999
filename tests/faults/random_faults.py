"""A share of all calls to the Bot API goes wrong, each in a way that a seed decides."""

from random import Random

from sandbox.api.faults import Draw, Fault, FaultKind

KINDS = (
    FaultKind.LOST_ANSWER,
    FaultKind.LOST_CALL,
    FaultKind.BROKEN,
    FaultKind.SLOW,
    FaultKind.TOO_MANY,
)

SLOWEST_S = 3.0


def random_faults(rng: Random, share: float) -> Draw:
    """Return what lets `share` of the calls go wrong."""

    def draw(method: str, chat_id: int | None) -> Fault | None:
        if rng.random() >= share:
            return None
        kind = rng.choice(KINDS)
        hold_s = rng.uniform(0.1, SLOWEST_S) if kind is FaultKind.SLOW else 0.0
        return Fault(kind, retry_after_s=rng.randint(1, 3), hold_s=hold_s)

    return draw
