from bot.telegram.flood_limit import LIMIT, MAX_KEYS, NOTICE_S, WINDOW_S, FloodLimit, FloodVerdict

PASS, NOTICE, DROP = FloodVerdict.PASS, FloodVerdict.NOTICE, FloodVerdict.DROP


def test_above_the_limit_one_notice_is_sent_and_the_rest_is_dropped() -> None:
    limit = FloodLimit()
    verdicts = [limit.judge(1, 5.0) for _ in range(LIMIT + 3)]
    assert verdicts == [PASS] * LIMIT + [NOTICE, DROP, DROP]


def test_the_next_window_passes_and_notices_are_sent_at_most_once_a_minute() -> None:
    limit, now_s = FloodLimit(), 0.0
    notices = 0
    while now_s < 3 * NOTICE_S:
        notices += [limit.judge(1, now_s) for _ in range(LIMIT + 5)].count(NOTICE)
        now_s += WINDOW_S
    assert notices == 3
    assert limit.judge(1, now_s + WINDOW_S) is PASS


def test_each_person_is_counted_separately() -> None:
    limit = FloodLimit()
    for _ in range(LIMIT + 1):
        limit.judge(1, 0.0)
    assert limit.judge(2, 0.0) is PASS


def test_memory_is_bounded() -> None:
    limit = FloodLimit()
    for key in range(MAX_KEYS + 100):
        limit.judge(key, 0.0)
    assert len(limit._windows) == MAX_KEYS


def test_a_clock_that_was_set_back_starts_a_new_window() -> None:
    limit = FloodLimit()
    for _ in range(LIMIT + 1):
        limit.judge(1, 1000.0)
    assert limit.judge(1, 10.0) is PASS
