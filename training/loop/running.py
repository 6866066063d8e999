"""
The training loop of all networks: transformers' Trainer with exact resumption.

A run writes checkpoints into its draft folder. A run that was killed and resumed ends with the same
weights as an uninterrupted one: the order of rows depends only on seed and epoch, and a checkpoint
is used only if it is complete on disk.
"""

import json
import shutil
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from accelerate import PartialState
from torch.utils.data import Sampler
from transformers import (
    Trainer,
    TrainerCallback,
    TrainerControl,
    TrainerState,
    TrainingArguments,
)

from training.loop.rows import GroupedByLength

CHECKPOINTS = "checkpoints"
COMPLETE = "complete"
LOSSES = "losses.jsonl"


def checkpointed_activations(
    on: bool, known: type[TrainingArguments] = TrainingArguments
) -> dict[str, Any]:
    """
    Return the arguments that compute activations again instead of keeping them.

    Transformers 5.18 and older know them by another name.
    """
    names = {field.name for field in fields(known)}
    new = "activation_checkpointing"
    name = new if new in names else "gradient_checkpointing"
    return {name: on, f"{name}_kwargs": {"use_reentrant": False}}


class ResumableTrainer(Trainer):
    """A Trainer over `Rows` with a reproducible order of rows, so that a resumed run is exact."""

    def _get_train_sampler(self, train_dataset: Any = None) -> Sampler[int] | None:
        rows = train_dataset if train_dataset is not None else self.train_dataset
        arguments = self.args
        if arguments.train_sampling_strategy != "group_by_length":
            return super()._get_train_sampler(train_dataset)
        batch = arguments.train_batch_size * arguments.gradient_accumulation_steps
        # The rows of a step are of similar length in all processes, so none waits for another.
        batch *= arguments.world_size
        return GroupedByLength([len(row) for row in rows.ids], batch, arguments.data_seed)


class LossLog(TrainerCallback):
    """Writes each logged loss as a line of JSON, and marks checkpoints as complete."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: Mapping[str, float] | None = None,
        **_: Any,
    ) -> None:
        """Append the logged values."""
        if state.is_world_process_zero:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"step": state.global_step, **(logs or {})}) + "\n")

    def on_save(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        """Mark the written checkpoint as complete; one without the mark is not used."""
        if state.is_world_process_zero:
            folder = Path(args.output_dir) / f"checkpoint-{state.global_step}"
            (folder / COMPLETE).touch()


class SavesWithinEpochs(TrainerCallback):
    """Also saves every `save_steps` steps if checkpoints are those of whole epochs."""

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        """Request a checkpoint; the epoch's last step gets one after its evaluation."""
        ends_epoch = float(state.epoch or 0).is_integer()
        if state.global_step % args.save_steps == 0 and not ends_epoch:
            control.should_save = True


def last_checkpoint(folder: Path) -> Path | None:
    """Return the newest complete checkpoint in `folder`; remove incomplete ones."""
    found = sorted(folder.glob("checkpoint-*"), key=lambda path: int(path.name.split("-")[1]))
    for path in found:
        if not (path / COMPLETE).exists():
            shutil.rmtree(path)
    whole = [path for path in found if path.exists()]
    return whole[-1] if whole else None


def drop_lines_after(path: Path, step: int) -> None:
    """Remove the log's lines after `step`: the resumed run writes them again."""
    if not path.exists():
        return
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    whole = [line for line in lines if line.endswith("\n")]
    path.write_text("".join(x for x in whole if json.loads(x)["step"] <= step), encoding="utf-8")


def run(trainer: Trainer, draft: Path) -> None:
    """Train to the end, from the last complete checkpoint of `draft` if it has one."""
    trainer.add_callback(LossLog(draft / LOSSES))
    with PartialState().main_process_first():
        checkpoint = last_checkpoint(Path(trainer.args.output_dir))
        drop_lines_after(draft / LOSSES, int(checkpoint.name.split("-")[1]) if checkpoint else 0)
    trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
