"""The worker's network against stock transformers and PEFT: equal logits, whatever the padding."""

import pytest

from benchmarks.gpu.differential import CASES, Combination, LogitDifference, differences, report

TOLERANCE = 1e-5


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_logits_equal_those_of_unmodified_libraries_and_controls_differ(case: Combination) -> None:
    found = differences(case, "cpu")

    assert {one.comparison for one in found} >= expected(case)
    assert [one for one in found if not one.holds(TOLERANCE)] == []


def expected(case: Combination) -> set[str]:
    """Return the comparisons that a case must contain."""
    names = {"own rows one by one", "stock, padded right", "stock, one by one"}
    if case.preset == "xlm-roberta":
        return names
    names |= {"stock, padded left", "without window", "without adapter"}
    if case.name.startswith("gemma2"):
        names |= {"without softcapping"}
    return names if case.quantised else names | {"stock, merged"}


def test_the_report_fails_if_logits_differ_or_a_control_does_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = [
        LogitDifference("case", "stock", "equal", 2e-5),
        LogitDifference("case", "without window", "control", 0.001),
        LogitDifference("case", "stock", "equal", 1e-6),
    ]
    monkeypatch.setattr("benchmarks.gpu.differential.differences", lambda *_: found)

    told = report("cpu", CASES[:1])

    assert told["all_hold"] is False
    assert [one["holds"] for one in told["comparisons"]] == [False, False, True]  # type: ignore[attr-defined]
