"""
The states of a case, and which act leads from which state to which. Pure.

A case is taken for a lease of 30 minutes, which each act of its owner renews. After the end of the
lease the case has no owner. Others may take over at any time, if they ask for that explicitly.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from bot.archive.desk_records import Case, CaseState
from bot.clock import AHEAD_MS

LEASE_MS = 30 * 60_000


class Act(StrEnum):
    """What may happen to a case; the values are the kinds of events."""

    TAKE = "take"
    TAKE_OVER = "take_over"
    CLOSE = "close"
    REOPEN = "reopen"
    SPAM = "spam"
    NOT_SPAM = "not_spam"
    LABEL = "label"  # classes were confirmed, corrected or undone
    REPLY = "reply"  # the team wrote to the customer
    LATE_REPLY = "late_reply"  # it was written before the case was closed, and delivered after
    UNSEND = "unsend"  # the last reply to the customer's newest message was deleted
    UNSEND_ALL = "unsend_all"  # the only reply was deleted
    CUSTOMER_SPOKE = "customer_spoke"
    SOLVED = "solved"  # the customer said so after a close
    NOT_SOLVED = "not_solved"
    LEASE_END = "lease_end"
    AUTHOR_CHECK = "author_check"  # the author said whether the answer is right
    BAN = "ban"
    SILENT_BAN = "silent_ban"
    UNBAN = "unban"


# Acts that change nothing on which another person's tap could depend.
BYSTANDERS = frozenset({Act.AUTHOR_CHECK, Act.BAN, Act.SILENT_BAN, Act.UNBAN})


class Why(StrEnum):
    """Why an act is refused."""

    TAKEN = "taken"
    YOURS = "yours"
    CLOSED = "closed"
    OPEN = "open"
    SPAM = "spam"
    NOT_SPAM = "not_spam"


@dataclass(frozen=True, slots=True)
class CaseRefusal:
    """The act is impossible in the state of the case."""

    why: Why


_OPEN = frozenset(
    {CaseState.NEW, CaseState.TAKEN, CaseState.WAITING_CUSTOMER, CaseState.WAITING_TEAM}
)
_ANY = frozenset(CaseState)
_NOT_SPAM = _ANY - {CaseState.SPAM}

# From which states an act is possible.
_FROM: Mapping[Act, frozenset[CaseState]] = {
    Act.TAKE: _OPEN,
    Act.TAKE_OVER: _OPEN,
    Act.CLOSE: _OPEN,
    Act.REOPEN: frozenset({CaseState.CLOSED}),
    Act.SPAM: _NOT_SPAM,
    Act.NOT_SPAM: frozenset({CaseState.SPAM}),
    Act.LABEL: _ANY,
    Act.REPLY: _NOT_SPAM,
    Act.LATE_REPLY: frozenset({CaseState.CLOSED}),
    Act.UNSEND: frozenset({CaseState.WAITING_CUSTOMER}),
    Act.UNSEND_ALL: frozenset({CaseState.WAITING_CUSTOMER}),
    Act.CUSTOMER_SPOKE: _ANY,
    Act.SOLVED: frozenset({CaseState.CLOSED}),
    Act.NOT_SOLVED: frozenset({CaseState.CLOSED}),
    Act.LEASE_END: _ANY,
    **dict.fromkeys(BYSTANDERS, _ANY),
}

_STATE_REFUSALS: Mapping[CaseState, Why] = {
    CaseState.CLOSED: Why.CLOSED,
    CaseState.SPAM: Why.SPAM,
}


def current(case: Case, now_ms: int) -> Case:
    """
    Return the case at `now_ms`: without its owner if the lease has ended.

    A lease that ends too far in the future was given before the clock was set back: it has ended.
    """
    if case.owner_id is None or case.lease_ms is None:
        return case
    if now_ms < case.lease_ms <= now_ms + LEASE_MS + AHEAD_MS:
        return case
    state = CaseState.NEW if case.state is CaseState.TAKEN else case.state
    return replace(case, state=state, owner_id=None, lease_ms=None)


def decide(case: Case, act: Act, actor_id: int | None, now_ms: int) -> Case | CaseRefusal:
    """Return the case after `act` of `actor_id`, one version later, or why it is refused."""
    case = current(case, now_ms)
    if case.state not in _FROM[act]:
        return CaseRefusal(_refusal(case, act))
    if act in (Act.TAKE, Act.TAKE_OVER) and (refused := _cannot_take(case, act, actor_id)):
        return CaseRefusal(refused)
    change = _CHANGES[act]
    after = _renewed(change(case, now_ms), act, actor_id, now_ms)
    return replace(after, version=case.version + 1)


def _refusal(case: Case, act: Act) -> Why:
    if act is Act.NOT_SPAM:
        return Why.NOT_SPAM
    return _STATE_REFUSALS.get(case.state, Why.OPEN)


def _cannot_take(case: Case, act: Act, actor_id: int | None) -> Why | None:
    if case.owner_id is None:
        return None
    if case.owner_id == actor_id:
        return Why.YOURS
    return Why.TAKEN if act is Act.TAKE else None


def _renewed(case: Case, act: Act, actor_id: int | None, now_ms: int) -> Case:
    """Give the case to the person who takes it; renew the lease if its owner acts."""
    if act in (Act.TAKE, Act.TAKE_OVER) or (act is Act.REPLY and case.owner_id is None):
        return replace(case, owner_id=actor_id, lease_ms=now_ms + LEASE_MS)
    if case.owner_id is not None and case.owner_id == actor_id:
        return replace(case, lease_ms=now_ms + LEASE_MS)
    return case


def _taken(case: Case, now_ms: int) -> Case:
    return replace(case, state=CaseState.TAKEN) if case.state is CaseState.NEW else case


def _closed(case: Case, now_ms: int) -> Case:
    return replace(
        case, state=CaseState.CLOSED, closed_ms=now_ms, owner_id=None, lease_ms=None, solved=None
    )


def _reopened(case: Case, now_ms: int) -> Case:
    return replace(case, state=CaseState.NEW, closed_ms=None, solved=None)


def _spam(case: Case, now_ms: int) -> Case:
    return replace(case, state=CaseState.SPAM, before_spam=case.state)


def _not_spam(case: Case, now_ms: int) -> Case:
    before = case.before_spam or CaseState.NEW
    if before is CaseState.TAKEN and case.owner_id is None:  # the lease has ended meanwhile
        before = CaseState.NEW
    return replace(case, state=before, before_spam=None)


def _same(case: Case, now_ms: int) -> Case:
    return case


def _replied(case: Case, now_ms: int) -> Case:
    first_ms = case.first_reply_ms or now_ms
    return replace(
        case, state=CaseState.WAITING_CUSTOMER, first_reply_ms=first_ms, closed_ms=None, solved=None
    )


def _replied_late(case: Case, now_ms: int) -> Case:
    """Leave the case closed: its moderator wrote first and closed it during the hold."""
    return replace(case, first_reply_ms=case.first_reply_ms or now_ms)


def _unsent(case: Case, now_ms: int) -> Case:
    return replace(case, state=CaseState.WAITING_TEAM)


def _all_unsent(case: Case, now_ms: int) -> Case:
    """Let the case wait for its first reply again."""
    return replace(_unsent(case, now_ms), first_reply_ms=None)


def _customer_spoke(case: Case, now_ms: int) -> Case:
    """Let the team answer; a customer's message reopens a closed case, but not one of spam."""
    if case.state is CaseState.SPAM:
        return case
    return replace(
        case,
        state=CaseState.WAITING_TEAM,
        closed_ms=None,
        solved=None,
        reopened=case.reopened + (case.state is CaseState.CLOSED),
    )


def _solved(case: Case, now_ms: int) -> Case:
    return replace(case, solved=True)


def _not_solved(case: Case, now_ms: int) -> Case:
    return replace(_customer_spoke(case, now_ms), solved=False)


_CHANGES: Mapping[Act, Callable[[Case, int], Case]] = {
    Act.TAKE: _taken,
    Act.TAKE_OVER: _taken,
    Act.CLOSE: _closed,
    Act.REOPEN: _reopened,
    Act.SPAM: _spam,
    Act.NOT_SPAM: _not_spam,
    Act.LABEL: _same,
    Act.REPLY: _replied,
    Act.LATE_REPLY: _replied_late,
    Act.UNSEND: _unsent,
    Act.UNSEND_ALL: _all_unsent,
    Act.CUSTOMER_SPOKE: _customer_spoke,
    Act.SOLVED: _solved,
    Act.NOT_SOLVED: _not_solved,
    Act.LEASE_END: _same,  # `current` has already removed the ended lease
    **dict.fromkeys(BYSTANDERS, _same),
}
