"""
Compares an epoch of the project's training with the recipe's plain one, in one run.

Both train the same random weights on the same rows with as many rows in a step. It returns plain
values.
"""

# Imported first: it blocks a package whose binary bitsandbytes would download and run.
from benchmarks.gpu.random_weights import random_base

# isort: split

import gc
import logging
import tempfile
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from peft import prepare_model_for_kbit_training
from torch import nn
from transformers import Trainer, TrainingArguments

from benchmarks.gpu.machine import describe
from benchmarks.gpu.shapes import configuration, parameters, recipe
from benchmarks.gpu.stopwatch import forget_peak, memory_in_use, peak_memory, seconds
from benchmarks.reviews.lengths import Lengths, random_rows
from training.finetuning.adapting import make_trainable, with_lora
from training.finetuning.recipes import RECIPES, FineTuningPlan
from training.finetuning.trainer import Batches, Examples, make_trainer
from training.loop.running import checkpointed_activations
from triage.taxonomy import load_taxonomy
from worker.classifiers.language.placement import Placement
from worker.classifiers.language.presets import Preset

logger = logging.getLogger(__name__)

COMPUTE = torch.bfloat16

METHOD = {
    "ours": "training.finetuning: rows grouped by length, a step's rows together, no checkpointing "
    "of activations, adapter and head in float32 under autocast; as nf4 and, unpacked once, as "
    "bf16",
    "plain": "transformers.Trainer over prepare_model_for_kbit_training: nf4, rows in random "
    "order, the recipe's batch and accumulation, activations checkpointed, embeddings and norms in "
    "float32",
    "seconds": "wall clock of one epoch over all rows after some steps of warming up, device idle "
    "before and after, no evaluation, no checkpoints",
}


WAYS = ("plain nf4", "ours nf4", "ours bf16")


@dataclass(frozen=True, slots=True)
class TrainingPlan:
    """The parameters of a run: rows of `lengths` tokens, each with about 1.5 of the classes."""

    preset: str
    device: str
    tiny: bool
    lengths: Lengths
    warm_up: int  # steps
    seed: int
    ways: Sequence[str] = WAYS


def measure(plan: TrainingPlan) -> dict[str, Any]:
    """Return the report: seconds of an epoch and peak memory of each way."""
    scene = _Scene(plan)
    ways = {
        "plain nf4": lambda: scene.plain(),
        "ours nf4": lambda: scene.ours(dequantised=False),
        "ours bf16": lambda: scene.ours(dequantised=True),
    }
    return {
        "benchmark": "train",
        "machine": describe(plan.device),
        "model": scene.describe(),
        "rows": {
            "count": len(scene.examples.ids),
            "tokens": sum(plan.lengths.tokens),
            "lengths": plan.lengths.source,
            "token_ids": "random",
        },
        "method": METHOD,
        "warm_up_steps": plan.warm_up,
        "ways": [_way(name, way, plan.device) for name, way in ways.items() if name in plan.ways],
    }


def _way(name: str, way: Callable[[], dict[str, object]], device: str) -> dict[str, object]:
    logger.info("%s: building and training", name)
    forget_peak(device)
    try:
        return {"way": name, **way()}
    except torch.OutOfMemoryError as e:
        return {"way": name, "error": str(e).splitlines()[0]}
    finally:
        gc.collect()
        forget_peak(device)


class _Scene:
    """Rows and recipe that all ways have in common."""

    def __init__(self, plan: TrainingPlan) -> None:
        self._plan = plan
        self._preset: Preset = recipe(plan.preset, tiny=plan.tiny)
        self._config = configuration(self._preset, tiny=plan.tiny)
        self._recipe = replace(RECIPES[plan.preset], epochs=1, stop_after=None)
        self._classes = len(load_taxonomy().ids)
        frame = self._preset.tokens
        ids = random_rows(
            plan.lengths.tokens,
            self._config.vocab_size,
            bos=self._config.bos_token_id if frame.bos else None,
            eos=self._config.eos_token_id if frame.eos else None,
            seed=plan.seed,
        )
        random = np.random.default_rng(plan.seed)
        labels = random.random((len(ids), self._classes)) < 1.5 / self._classes
        self.examples = Examples(ids, labels.astype(np.int8))

    def describe(self) -> dict[str, object]:
        """Return a description of what is trained."""
        rows = self._recipe.batch * self._recipe.accumulation
        return {
            "preset": self._plan.preset,
            "tiny": self._plan.tiny,
            "weights": f"random, seed {self._plan.seed}",
            "parameters": parameters(self._config),
            "rows_in_a_step": rows,
            "optimizer": self._recipe.optimizer,
        }

    def ours(self, *, dequantised: bool) -> dict[str, object]:
        """Train as `fit` does if the memory holds a whole step's rows."""
        placement = Placement(self._plan.device, COMPUTE, dequantised=dequantised)
        base = self._base(placement)
        lora = self._preset.lora
        model = make_trainable(base, self._preset, lora)
        rows = self._recipe.batch * self._recipe.accumulation
        whole = replace(self._recipe, batch=rows, accumulation=1)
        plan = FineTuningPlan(self._preset, whole, lora, seed=self._plan.seed)
        pad_id = self._config.pad_token_id

        def trainer(examples: Examples, folder: Path) -> Trainer:
            made = make_trainer(model, pad_id, plan, examples, None, placement, folder)
            made.args.save_strategy = "no"
            return made

        return self._timed(trainer)

    def plain(self) -> dict[str, object]:
        """Train as the recipe's authors do."""
        base = self._base(Placement(self._plan.device, COMPUTE))
        base.config.use_cache = False
        lora = self._preset.lora
        assert lora is not None, f"{self._preset.name} has no adapter"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # they use each other's old names
            model = with_lora(prepare_model_for_kbit_training(base), lora)
        batches = Batches(self._config.pad_token_id)

        def trainer(examples: Examples, folder: Path) -> Trainer:
            return Trainer(
                model,
                self._plain_arguments(folder),
                data_collator=batches,
                train_dataset=examples.rows(),
            )

        return self._timed(trainer)

    def _base(self, placement: Placement) -> nn.Module:
        base = random_base(
            self._config, self._preset, self._classes, placement, seed=self._plan.seed
        )
        base.train()
        return base

    def _plain_arguments(self, folder: Path) -> TrainingArguments:
        return TrainingArguments(
            output_dir=str(folder),
            num_train_epochs=1,
            per_device_train_batch_size=self._recipe.batch,
            gradient_accumulation_steps=self._recipe.accumulation,
            learning_rate=self._recipe.learning_rate,
            optim=self._recipe.optimizer,
            bf16=True,
            **checkpointed_activations(True),
            use_cpu=self._plan.device == "cpu",
            dataloader_pin_memory=self._plan.device != "cpu",
            seed=self._plan.seed,
            logging_steps=10,
            save_strategy="no",
            label_names=["labels"],
            remove_unused_columns=False,
            report_to="none",
        )

    def _timed(self, trainer: Callable[[Examples, Path], Trainer]) -> dict[str, object]:
        """Return the results of one epoch."""
        device = self._plan.device
        weights = memory_in_use(device)
        with tempfile.TemporaryDirectory() as folder:
            warm = trainer(self._first(), Path(folder))
            warm.train()
            forget_peak(device)
            whole = trainer(self.examples, Path(folder))
            took_s = seconds(whole.train, device)
        return {
            "seconds_per_epoch": round(took_s, 2),
            "steps": whole.state.global_step,
            "rows_per_s": round(len(self.examples.ids) / took_s, 2),
            "tokens_per_s": round(sum(self._plan.lengths.tokens) / took_s, 1),
            "weights_bytes": weights,
            "peak_memory": peak_memory(device),
        }

    def _first(self) -> Examples:
        """Return the rows of the warm-up, the longest ones."""
        count = self._plan.warm_up * self._recipe.batch * self._recipe.accumulation
        order: Sequence[int] = sorted(
            range(len(self.examples.ids)), key=lambda place: -len(self.examples.ids[place])
        )[:count]
        ids = [self.examples.ids[place] for place in order]
        return Examples(ids, self.examples.labels[list(order)])
