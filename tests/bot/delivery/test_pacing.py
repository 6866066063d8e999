from collections import deque

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.delivery.pacing import (
    CARDS_A_WINDOW,
    Plan,
    SendCard,
    SendDigest,
    Wait,
    has_room_for_edit,
    plan,
)
from bot.urgency import WINDOW_S

# Telegram's own limit for one group and minute.
TELEGRAM_A_MINUTE = 20

MOMENTS = st.lists(st.floats(0, 120), max_size=CARDS_A_WINDOW)


@pytest.mark.parametrize(
    ("waiting", "sent_s", "then"),
    [
        (0, [], Wait(WINDOW_S)),
        (1, [], SendCard()),
        (15, [], SendCard()),
        (16, [], SendDigest()),
        (5, [95.0] * 10, SendCard()),
        (6, [95.0] * 10, SendDigest()),
        (1, [95.0] * 14, SendCard()),
        (2, [95.0] * 14, SendDigest()),
        (1, [95.0] * 15, Wait(55.0)),
        (1, [50.0] + [95.0] * 14, Wait(10.0)),
        (1, [40.0] + [95.0] * 14, SendCard()),  # a minute old: out of the window
        (1, [39.0] * 15, SendCard()),
    ],
)
def test_cards_are_sent_if_they_fit_into_the_window_and_digests_otherwise(
    waiting: int, sent_s: list[float], then: Plan
) -> None:
    assert plan(waiting, sent_s, 100.0, paced=True) == then


@pytest.mark.parametrize(
    ("waiting", "sent", "has_room"),
    [(0, 16, True), (0, 17, False), (1, 11, True), (1, 12, False), (1, 16, False)],
)
def test_edits_use_fewer_places_than_cards_while_cards_wait(
    waiting: int, sent: int, has_room: bool
) -> None:
    assert has_room_for_edit(waiting, [95.0] * sent, 100.0, paced=True) is has_room
    assert has_room_for_edit(waiting, [95.0] * sent, 100.0, paced=False)


@given(st.integers(1, 1000), MOMENTS)
def test_without_pacing_every_review_is_sent_as_a_card(waiting: int, sent_s: list[float]) -> None:
    assert plan(waiting, sent_s, 121.0, paced=False) == SendCard()


@given(st.integers(1, 1000), MOMENTS)
def test_a_wait_ends_exactly_when_the_window_has_room(waiting: int, sent_s: list[float]) -> None:
    now_s = 121.0
    then = plan(waiting, sent_s, now_s, paced=True)
    if isinstance(then, Wait):
        assert 0 < then.wait_s <= WINDOW_S
        assert isinstance(plan(waiting, sent_s, now_s + then.wait_s * 0.999, paced=True), Wait)
        after = plan(waiting, sent_s, now_s + then.wait_s + 0.001, paced=True)
        assert not isinstance(after, Wait)


@given(st.lists(st.tuples(st.floats(0, 90), st.integers(0, 60)), max_size=40))
def test_a_group_never_gets_more_messages_a_minute_than_telegram_allows(
    arrivals: list[tuple[float, int]],
) -> None:
    """Plays ten minutes: reviews arrive in gusts, each message takes 50 ms."""
    sent_s: deque[float] = deque(maxlen=CARDS_A_WINDOW)
    history: list[float] = []
    gusts, waiting, now_s, shown = deque(arrivals), 0, 0.0, 0
    arrived_s = 0.0
    while now_s < 600:
        while gusts and arrived_s + gusts[0][0] <= now_s:
            pause_s, reviews = gusts.popleft()
            arrived_s += pause_s
            waiting += reviews
        match plan(waiting, sent_s, now_s, paced=True):
            case Wait(wait_s):
                now_s += min(max(wait_s, 0.001), 1.0)
                continue
            case SendCard():
                taken = 1
            case SendDigest():
                taken = min(waiting, 20)
        now_s += 0.05
        sent_s.append(now_s)
        history.append(now_s)
        waiting, shown = waiting - taken, shown + taken
    for first_s in history:
        minute = [moment for moment in history if first_s <= moment < first_s + WINDOW_S]
        assert len(minute) <= CARDS_A_WINDOW < TELEGRAM_A_MINUTE
    if not gusts and arrived_s < 400:
        assert waiting == 0, f"{waiting} reviews still wait, {shown} were shown"
