"""A fit that is killed and started again ends as if nobody had killed it."""

import signal
import time
from pathlib import Path

import pytest

from tests.training.conftest import TinyBase
from tests.training.fits import arguments, fit, start_fit
from training.finetuning.single_fit import Fitting
from training.finetuning.transformer_fit import FINAL
from training.loop.running import COMPLETE
from training.loop.unfinished_fit import draft_path
from triage.manifest import read_manifest

# Two batches of dropout and several epochs, with a checkpoint in the middle of the second.
PLAN = ("--epochs=4", "--batch=2", "--save-steps=5")


@pytest.mark.parametrize("preset", ["mistral-7b", "xlm-roberta"])
def test_a_killed_fit_resumes_to_the_same_weights(
    preset: str, tiny_base: TinyBase, reviews_file: Path, tmp_path: Path
) -> None:
    base = tiny_base(preset)
    killed = arguments(preset, base, reviews_file, tmp_path / "killed", *PLAN)
    process = start_fit(killed)
    checkpoints = draft_path(tmp_path / "killed") / FINAL / "checkpoints"
    while process.poll() is None and not list(checkpoints.glob(f"*/{COMPLETE}")):
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL, "it was killed before its end"
    assert not (tmp_path / "killed").exists()

    assert fit(preset, base, reviews_file, tmp_path / "killed", *PLAN) == 0
    assert fit(preset, base, reviews_file, tmp_path / "whole", *PLAN) == 0

    resumed, whole = (read_manifest(tmp_path / name) for name in ("killed", "whole"))
    assert resumed.sha256 == whole.sha256
    assert resumed.metrics == whole.metrics


def test_a_fit_interrupted_before_measuring_does_not_train_again(
    tiny_base: TinyBase, reviews_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base, out = tiny_base("gemma-2-9b"), tmp_path / "model"

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Fitting, "load", killed)
        assert fit("gemma-2-9b", base, reviews_file, out) == 130
    with monkeypatch.context() as patched:
        patched.setattr(Fitting, "_train", killed)
        assert fit("gemma-2-9b", base, reviews_file, out) == 0
    assert read_manifest(out).metrics
