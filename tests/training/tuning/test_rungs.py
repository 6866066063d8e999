"""The exact searches against trying everything, on data small enough for it."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.evaluation.scores import score
from training.prediction.decisions import answer
from training.tuning import rungs
from training.tuning.gains import Objective, maximise
from training.tuning.rungs import best_rungs
from triage.cascade import Ladder

COARSE = np.array([0.2, 0.35, 0.5, 0.65, 0.8])
LABELS = (0, 7, 12)

samples = st.integers(0, 10_000).map(
    lambda seed: (
        (np.random.default_rng(seed).random((25, 3)) < 0.4).astype(np.int8),
        np.random.default_rng(seed + 1).random((25, 3)),
    )
)


def figure(objective: Objective, truth: np.ndarray, p: np.ndarray, rule: Ladder) -> float:
    scores = score(truth, answer(p, LABELS, rule))
    return scores.exact_match if objective is Objective.EXACT else scores.micro_f1


@settings(max_examples=12, deadline=None)
@given(samples, st.integers(1, 4), st.sampled_from(list(Objective)))
def test_the_tuned_ladder_is_the_best_of_the_grid(
    sample: tuple[np.ndarray, np.ndarray], count: int, objective: Objective
) -> None:
    truth, p = sample
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rungs, "GRID", COARSE)
        found = maximise(
            objective,
            lambda gain: Ladder(
                rungs=best_rungs(truth, p, gain, count=count, lowest=0.2), fallback="most_probable"
            ),
            lambda rule: figure(objective, truth, p, rule),
        )
    every = [
        Ladder(rungs=(*sorted(above, reverse=True), 0.2), fallback="most_probable")
        for size in range(count)
        for above in combinations(COARSE[1:].tolist(), size)
    ]

    assert len(found.rungs) <= count
    assert found.rungs[-1] == 0.2
    reached = figure(objective, truth, p, found)
    assert reached == pytest.approx(max(figure(objective, truth, p, rule) for rule in every))


def test_a_rung_without_a_gain_is_omitted() -> None:
    truth = np.array([[1, 0]] * 9, np.int8)
    p = np.array([[0.9, 0.1]] * 9)

    found = maximise(
        Objective.EXACT,
        lambda gain: best_rungs(truth, p, gain, count=8, lowest=0.2),
        lambda _: 0.0,
    )

    assert found == (0.2,)
