"""When a long transfer says how far it is."""

from worker.classifiers.hub.progress import Progress, readable


def test_a_line_is_due_at_each_tenth_of_the_whole() -> None:
    progress = Progress(total=1000, done=0, said=0, said_s=0.0)

    due = [progress.add(50, now_s=1.0) for _ in range(20)]

    assert due == [False, True] * 9 + [False, False], "the end has a line of its own"


def test_a_slow_transfer_says_so_every_half_minute() -> None:
    progress = Progress(total=10_000, done=0, said=0, said_s=0.0)

    assert [progress.add(1, now_s=second) for second in (10.0, 29.9, 30.0, 40.0, 60.0)] == [
        *(False, False, True),
        *(False, True),
    ]


def test_bytes_that_were_thrown_away_are_taken_back() -> None:
    progress = Progress(total=1000, done=500, said=500, said_s=0.0)

    assert progress.add(-500, now_s=0.0)
    assert progress.done == 0


def test_amounts_are_said_in_the_unit_of_the_whole() -> None:
    assert str(Progress(total=6_100_000_000, done=320_000_000, said=0, said_s=0.0)) == (
        "0.3 of 6.1 GB"
    )
    assert readable(104_000_000) == "104.0 MB"
