import pytest

from charts.answer import ChartContent, read_answer
from tests.charts.samples import RULE, TAXONOMY, answered, company
from triage.cascade import Confidence, Decision, Ladder, PerClass, decide


def read(top: dict[int, float]) -> ChartContent:
    return read_answer(*answered(top), "en")


def test_bars_are_sorted_by_falling_probability() -> None:
    shares = [bar.probability for bar in read({3: 0.7, 9: 0.6}).bars]
    assert shares == sorted(shares, reverse=True)
    assert len(shares) == len(TAXONOMY.classes)


def test_equal_probabilities_keep_the_order_of_the_taxonomy() -> None:
    taxonomy = company(4, "Class {}".format)
    decision = Decision((0,), None, Confidence.PERSON)
    answer = read_answer([0.1] * 4, decision, taxonomy, RULE, "ru")
    assert [bar.title for bar in answer.bars] == ["Class 0", "Class 1", "Class 2", "Class 3"]


def test_answered_classes_are_marked_as_chosen_with_the_deciding_rung() -> None:
    answer = read({3: 0.52, 9: 0.51, 11: 0.49})
    assert [bar.title for bar in answer.bars if bar.chosen] == [
        TAXONOMY.title(3, "en"),
        TAXONOMY.title(9, "en"),
    ]
    assert (answer.rung, answer.decided) == (0.5, True)


def test_an_undecided_review_has_no_chosen_class_and_the_lowest_rung() -> None:
    answer = read({3: 0.19})
    assert not any(bar.chosen for bar in answer.bars)
    assert (answer.rung, answer.decided) == (RULE.rungs[-1], False)


def test_chosen_classes_come_first_and_others_fill_up_to_the_count() -> None:
    best = read({place: 0.6 for place in range(3)}).best(8, 12)
    assert [bar.chosen for bar in best] == [True] * 3 + [False] * 5


def test_chosen_classes_may_exceed_the_count_up_to_the_maximum() -> None:
    answer = read({place: 0.6 for place in range(15)})
    assert len(answer.best(8, 12)) == 12
    assert len(answer.best(8, 20)) == 15


def test_few_classes_are_all_shown() -> None:
    taxonomy = company(3, "Class {}".format)
    assert len(read_answer(*answered({}, taxonomy), "ru").best(8, 12)) == 3


def test_a_missing_probability_is_refused_with_both_counts() -> None:
    with pytest.raises(AssertionError, match="2 probabilities for 3 classes"):
        read_answer(
            [0.1, 0.2],
            Decision((0,), None, Confidence.PERSON),
            company(3, str),
            Ladder(fallback="most_probable"),
            "en",
        )


def read_per_class(probabilities: list[float]) -> ChartContent:
    taxonomy = company(3, "Class {}".format)
    rule = PerClass(thresholds=(0.6, 0.3, 0.5), fallback="most_probable")
    return read_answer(
        probabilities, decide(probabilities, taxonomy.ids, rule), taxonomy, rule, "ru"
    )


def test_with_per_class_thresholds_each_bar_has_its_own_and_no_line_exists() -> None:
    answer = read_per_class([0.55, 0.4, 0.1])

    assert [(bar.title, bar.threshold, bar.chosen) for bar in answer.bars] == [
        ("Class 0", 0.6, False),
        ("Class 1", 0.3, True),
        ("Class 2", 0.5, False),
    ]
    assert answer.rung is None
    assert answer.own_thresholds


def test_equal_thresholds_of_all_classes_are_one_line() -> None:
    taxonomy = company(3, "Class {}".format)
    rule = PerClass(thresholds=(0.45,) * 3, floor=0.4, fallback="most_probable")

    def read(*probabilities: float) -> ChartContent:
        decision = decide(probabilities, taxonomy.ids, rule)
        return read_answer(probabilities, decision, taxonomy, rule, "en")

    reached, guessed, undecided = read(0.5, 0.46, 0.2), read(0.43, 0.3, 0.2), read(0.3, 0.2, 0.1)
    assert [answer.rung for answer in (reached, guessed, undecided)] == [0.45, 0.4, 0.4]
    assert {bar.threshold for bar in reached.bars} == {0.45}
    assert not reached.own_thresholds
    # Both exceed the floor, but only the best one is the guess.
    both = read(0.44, 0.43, 0.2)
    assert (both.rung, both.own_thresholds, both.bars[0].threshold) == (None, False, None)


def test_different_thresholds_that_no_class_passed_give_the_line_of_the_floor() -> None:
    answer = read_per_class([0.28, 0.1, 0.1])

    assert (answer.rung, answer.decided) == (0.2, True)
    assert [bar.chosen for bar in answer.bars] == [True, False, False]


def test_if_all_classes_are_below_the_floor_the_floor_is_drawn_as_the_line() -> None:
    answer = read_per_class([0.1, 0.1, 0.1])

    assert (answer.rung, answer.decided, answer.own_thresholds) == (0.2, False, False)


def test_no_line_is_drawn_if_it_would_separate_the_bars_wrongly() -> None:
    """The archive knows the rung of an answer, not the rule; this answer is no ladder's."""
    taxonomy = company(3, "Class {}".format)
    decision = Decision((1,), 0.3, Confidence.LIKELY)

    answer = read_answer([0.55, 0.4, 0.1], decision, taxonomy, RULE, "ru")

    assert (answer.rung, answer.own_thresholds) == (None, False)
    assert {bar.threshold for bar in answer.bars} == {None}
