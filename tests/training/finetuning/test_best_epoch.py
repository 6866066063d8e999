"""The epoch with the least loss is kept, also by a fit that was interrupted after it."""

from pathlib import Path

import pytest
import torch
from torch import nn
from transformers import TrainerCallback

from tests.training.conftest import TinyBase
from tests.training.finetuning.test_trainer import trained
from tests.training.fits import plan, trainer_of
from training.finetuning.trainer import ClassifierTrainer
from training.loop.rows import Rows
from training.loop.running import CHECKPOINTS, run

EPOCHS = 3
QUICK = plan(epochs=EPOCHS, batch=4, accumulation=1, learning_rate=1e-2, keep_best=True)


class Interrupt(TrainerCallback):
    """Ends the process, as it were, at a step."""

    def __init__(self, step: int) -> None:
        self._step = step

    def on_step_begin(self, args: object, state: object, control: object, **_: object) -> None:
        if state.global_step == self._step:  # type: ignore[attr-defined]
            raise KeyboardInterrupt


def overfitting(base: Path, data: Path, draft: Path) -> tuple[nn.Module, ClassifierTrainer]:
    """Return a model and its trainer; each epoch is worse on the rows that choose the epoch."""
    model, trainer = trainer_of(base, data, draft, QUICK, validates=True)
    trainer.args.save_steps = 2
    rows = trainer.eval_dataset
    opposite = [[1 - label for label in labels] for labels in rows.more["labels"]]
    trainer.eval_dataset = Rows(rows.ids, labels=opposite)
    return model, trainer


def test_the_best_epoch_is_kept_also_after_an_interruption(
    tiny_base: TinyBase, reviews_file: Path, tmp_path: Path
) -> None:
    base = tiny_base("gemma-2-9b")
    whole, trainer = overfitting(base, reviews_file, tmp_path / "whole")
    run(trainer, tmp_path / "whole")

    losses = [line["eval_loss"] for line in trainer.state.log_history if "eval_loss" in line]
    assert len(losses) == EPOCHS
    assert losses[0] == min(losses) < losses[-1]
    assert trainer.evaluate()["eval_loss"] == pytest.approx(losses[0], rel=1e-6)

    # Five steps are an epoch, so this is in the second one, after the checkpoint of step 8.
    _, killed = overfitting(base, reviews_file, tmp_path / "killed")
    killed.add_callback(Interrupt(9))
    with pytest.raises(KeyboardInterrupt):
        run(killed, tmp_path / "killed")
    kept = {path.name for path in (tmp_path / "killed" / CHECKPOINTS).iterdir()}
    assert {"checkpoint-5", "checkpoint-8"} <= kept
    resumed, again = overfitting(base, reviews_file, tmp_path / "killed")
    run(again, tmp_path / "killed")

    assert again.state.best_global_step == 5
    for name, weights in trained(whole).items():
        torch.testing.assert_close(trained(resumed)[name], weights, rtol=0, atol=0, msg=name)
