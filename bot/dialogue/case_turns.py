"""
Whose turn a case is: the customer's after a reply, the team's after a customer's message.

If a reply is unsent and none is left after the customer's newest message, it is the team's turn.

Each event has the message as its source, so a repeated event does not change the case again.
"""

import logging
from collections.abc import Callable, Sequence

from bot.archive.case_store import CaseStore, Stored
from bot.archive.desk_records import Case, CaseEvent
from bot.archive.dialogue_records import DialogueMessage, Direction, MessageKind
from bot.clock import now_ms
from bot.desk.cases import Act, CaseRefusal, decide

logger = logging.getLogger(__name__)

# If several people act on a case at the same time, one of them succeeds in each try.
TRIES = 10


class CaseTurns:
    """Changes the state of cases as messages arrive."""

    def __init__(self, store: CaseStore) -> None:
        self._store = store

    async def replied(self, message: DialogueMessage) -> None:
        """Let the case wait for the customer, unless it was closed after the reply was written."""

        def act(case: Case) -> Act:
            closed_since = case.closed_ms is not None and case.closed_ms >= message.created_ms
            return Act.LATE_REPLY if closed_since else Act.REPLY

        source = f"dialogue:{message.id}:reply"
        await self._apply(message.number, act, source, message.by_id)

    async def unsent(self, message: DialogueMessage, left: Sequence[DialogueMessage]) -> None:
        """
        Let the case wait for the team again, unless a reply after the customer's words is `left`.

        `left` are the remaining messages of both sides, oldest first.
        """
        if left and left[-1].direction is Direction.OUT:
            return
        has_reply = any(known.direction is Direction.OUT for known in left)
        act = Act.UNSEND if has_reply else Act.UNSEND_ALL
        # It is not stored who tapped Unsend: it may be another moderator than the author.
        await self._apply(message.number, lambda _: act, f"dialogue:{message.id}:unsent", None)

    async def spoke(self, message: DialogueMessage) -> None:
        """Let the case wait for the team; the customer's message reopens a closed one."""
        unsolved = message.kind is MessageKind.UNSOLVED
        act = Act.NOT_SOLVED if unsolved else Act.CUSTOMER_SPOKE
        await self._apply(message.number, lambda _: act, f"dialogue:{message.id}:spoke", None)

    async def solved(self, number: int, source: str) -> None:
        """Store that the customer calls a closed case solved."""
        await self._apply(number, lambda _: Act.SOLVED, source, None)

    async def _apply(
        self, number: int, act_on: Callable[[Case], Act], source: str, actor_id: int | None
    ) -> None:
        """Apply the act to the case; an act that its state does not allow changes nothing."""
        for _ in range(TRIES):
            before, now = await self._store.case(number), now_ms()
            act = act_on(before)
            after = decide(before, act, actor_id, now)
            if isinstance(after, CaseRefusal):
                logger.info("case %d: %s does not apply: %s", number, act, after.why)
                return
            event = CaseEvent(act, source, now, actor_id)
            if await self._store.change(before, after, event) is not Stored.LOST:
                return
        logger.warning("case %d: %s is not stored: others were faster", number, source)
