"""Commands that need out-of-fold probabilities, on a model that has none."""

import pytest

from tests.training.bench import Bench


@pytest.mark.parametrize("command", ["calibrate", "thresholds"])
def test_a_model_without_out_of_fold_probabilities_must_be_fitted_with_folds(
    bench: Bench, command: str
) -> None:
    model = bench.fit("model")

    line = bench.refused(command, f"--model={model}", f"--data={bench.data}")

    assert line.endswith("oof.npz: is missing; fit the model with --folds to have it")
