"""The states of a case: which act leads where, and what the lease of 30 minutes means."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.archive.desk_records import Case, CaseState
from bot.desk.cases import LEASE_MS, Act, CaseRefusal, Why, current, decide

ANN, BOB = 1, 2
NOW = 1_000_000_000

ACTS = st.lists(st.tuples(st.sampled_from(Act), st.sampled_from([ANN, BOB]), st.integers(0, 60)))


def after(*acts: tuple[Act, int], start: int = NOW) -> Case:
    """Return the case after the acts, a second apart; each must be possible."""
    case = Case(12)
    for second, (act, actor) in enumerate(acts):
        found = decide(case, act, actor, start + 1000 * second)
        assert isinstance(found, Case), f"{act}: {found}"
        case = found
    return case


def test_a_case_is_taken_answered_closed_and_reopened_by_the_customer() -> None:
    case = after((Act.TAKE, ANN), (Act.REPLY, ANN))
    assert case.state is CaseState.WAITING_CUSTOMER
    assert case.first_reply_ms == NOW + 1000
    case = after(
        (Act.TAKE, ANN), (Act.REPLY, ANN), (Act.CUSTOMER_SPOKE, 555), (Act.REPLY, ANN),
        (Act.CLOSE, ANN),
    )  # fmt: skip
    assert case.state is CaseState.CLOSED
    assert case.first_reply_ms == NOW + 1000
    again = decide(case, Act.CUSTOMER_SPOKE, 555, NOW + 9000)
    assert isinstance(again, Case)
    assert again.state is CaseState.WAITING_TEAM
    assert again.reopened == 1


def test_a_taken_case_refuses_a_second_take_but_can_be_taken_over() -> None:
    case = after((Act.TAKE, ANN))
    assert decide(case, Act.TAKE, BOB, NOW + 1) == CaseRefusal(Why.TAKEN)
    assert decide(case, Act.TAKE, ANN, NOW + 1) == CaseRefusal(Why.YOURS)
    over = decide(case, Act.TAKE_OVER, BOB, NOW + 1)
    assert isinstance(over, Case)
    assert over.owner_id == BOB


def test_a_lease_expires_after_thirty_minutes_and_each_act_of_the_owner_renews_it() -> None:
    case = after((Act.TAKE, ANN), (Act.LABEL, ANN))
    assert current(case, NOW + LEASE_MS).owner_id == ANN
    free = current(case, NOW + 1000 + LEASE_MS)
    assert (free.owner_id, free.state) == (None, CaseState.NEW)
    taken = decide(case, Act.TAKE, BOB, NOW + 1000 + LEASE_MS)
    assert isinstance(taken, Case)
    assert taken.owner_id == BOB


def test_the_act_of_another_moderator_does_not_change_the_lease() -> None:
    case = after((Act.TAKE, ANN), (Act.LABEL, BOB))
    assert (case.owner_id, case.lease_ms) == (ANN, NOW + LEASE_MS)


@pytest.mark.parametrize("acts", [(), (Act.TAKE,), (Act.CLOSE,), (Act.REPLY,)])
def test_undoing_spam_restores_the_previous_state(acts: tuple[Act, ...]) -> None:
    before = after(*((act, ANN) for act in acts))
    spam = decide(before, Act.SPAM, ANN, NOW + 5000)
    assert isinstance(spam, Case)
    assert spam.state is CaseState.SPAM
    undone = decide(spam, Act.NOT_SPAM, ANN, NOW + 6000)
    assert isinstance(undone, Case)
    assert undone.state is before.state


def test_spam_stays_spam_when_its_author_writes_again() -> None:
    case = after((Act.SPAM, ANN), (Act.CUSTOMER_SPOKE, 555))
    assert case.state is CaseState.SPAM
    assert decide(case, Act.REPLY, ANN, NOW) == CaseRefusal(Why.SPAM)


def test_a_closed_case_can_only_be_reopened_labelled_or_marked_as_spam() -> None:
    case = after((Act.CLOSE, ANN))
    assert decide(case, Act.TAKE, BOB, NOW) == CaseRefusal(Why.CLOSED)
    assert decide(case, Act.CLOSE, BOB, NOW) == CaseRefusal(Why.CLOSED)
    assert isinstance(decide(case, Act.LABEL, BOB, NOW), Case)
    reopened = decide(case, Act.REOPEN, BOB, NOW)
    assert isinstance(reopened, Case)
    assert reopened.state is CaseState.NEW
    assert decide(reopened, Act.REOPEN, BOB, NOW) == CaseRefusal(Why.OPEN)
    assert decide(reopened, Act.NOT_SPAM, BOB, NOW) == CaseRefusal(Why.NOT_SPAM)


def test_a_customer_who_says_not_solved_reopens_the_case() -> None:
    case = after((Act.REPLY, ANN), (Act.CLOSE, ANN), (Act.NOT_SOLVED, 555))
    assert (case.state, case.solved, case.reopened) == (CaseState.WAITING_TEAM, False, 1)
    assert after((Act.CLOSE, ANN), (Act.SOLVED, 555)).solved is True


@given(acts=ACTS)
def test_the_invariants_of_a_case_hold_after_any_acts(acts: list[tuple[Act, int, int]]) -> None:
    case, now = Case(12), NOW
    for act, actor, minutes in acts:
        now += minutes * 60_000
        found = decide(case, act, actor, now)
        if isinstance(found, CaseRefusal):
            continue
        assert found.version == case.version + 1
        assert (found.owner_id is None) == (found.lease_ms is None)
        assert (found.state is CaseState.TAKEN) <= (found.owner_id is not None)
        assert (found.state is CaseState.SPAM) == (found.before_spam is not None)
        assert (found.state is CaseState.CLOSED) <= (found.closed_ms is not None)
        case = found
