from bot.delivery.card_failures import FIRST_PAUSE_S, MAX_TRIES, CardFailures


def test_a_failed_card_is_deferred_for_longer_each_time() -> None:
    failures = CardFailures()
    assert not failures.failed(1, 0.0)
    assert failures.deferred(FIRST_PAUSE_S - 1) == {1}
    assert failures.deferred(FIRST_PAUSE_S) == set()
    assert not failures.failed(1, FIRST_PAUSE_S)
    assert failures.deferred(FIRST_PAUSE_S + 2 * FIRST_PAUSE_S - 1) == {1}


def test_a_card_is_given_up_only_if_others_were_shown_meanwhile() -> None:
    failures = CardFailures()
    assert not any(failures.failed(1, 0.0) for _ in range(3 * MAX_TRIES))
    failures.shown(2)
    assert failures.failed(1, 0.0)


def test_showing_a_card_resets_its_failures() -> None:
    failures = CardFailures()
    failures.failed(1, 0.0)
    failures.shown(1)
    assert failures.deferred(0.0) == set()
