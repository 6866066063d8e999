"""Bans of authors and their undo: stored, written to the case, shown on all cards of the author."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.archive.bans import Ban, BanKind, Bans
from bot.archive.records import Review
from bot.desk.case_desk import CaseDesk, Doer
from bot.desk.cases import Act

_ACTS: Mapping[BanKind, Act] = {BanKind.OPEN: Act.BAN, BanKind.SILENT: Act.SILENT_BAN}


@dataclass(frozen=True, slots=True)
class Banning:
    """Bans authors of reviews. It does not check rights: its caller has done so."""

    bans: Bans
    desk: CaseDesk

    async def ban(self, review: Review, kind: BanKind, doer: Doer) -> None:
        """Ban the author of a review, in place of an earlier ban."""
        ban = Ban(review.user_id, kind, review.number, doer.now_ms)
        await self.bans.put(ban, doer.user_id)
        await self.desk.act(review.number, _ACTS[kind], doer)

    async def lift(self, review: Review, doer: Doer) -> bool:
        """Lift the ban of a review's author; return False if there is none."""
        if not await self.bans.lift(review.user_id):
            return False
        await self.desk.act(review.number, Act.UNBAN, doer)
        return True

    async def lift_of_erased(self, number: int) -> bool:
        """Lift the ban that an erased review led to; return False if there is none."""
        ban = await self.bans.by_number(number)
        return ban is not None and await self.bans.lift(ban.user_id)
