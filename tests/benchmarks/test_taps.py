"""What the benchmark of taps prints."""

from benchmarks.desk.taps import summary


def test_the_summary_states_shares_mean_and_maximum() -> None:
    assert summary([1, 1, 2, 4]) == {
        "reviews": 4,
        "within 1": 0.5,
        "within 2": 0.75,
        "within 3": 0.75,
        "within 4": 1.0,
        "mean": 2.0,
        "maximum": 4,
    }
