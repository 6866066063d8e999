"""Probabilities become answers by a rule."""

import numpy as np

from training.prediction.decisions import answer
from triage.cascade import FallbackClass, Ladder

PROBABILITIES = np.array([[0.9, 0.1, 0.6], [0.1, 0.12, 0.05]], np.float32)


def test_answers_follow_the_rule() -> None:
    best = answer(PROBABILITIES, (0, 7, 12), Ladder(fallback="most_probable"))
    filed = answer(PROBABILITIES, (0, 7, 12), Ladder(fallback=FallbackClass(**{"class": 12})))

    assert best.tolist() == [[1, 0, 1], [0, 1, 0]]
    assert filed.tolist() == [[1, 0, 1], [0, 0, 1]]
