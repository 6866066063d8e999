"""
Fine-tunes a base of the known recipes on labelled reviews.

Base, tokenizer and prompt come from the code that serves (network.py and tokens.py in
worker/classifiers/language, triage/prompt.py), so training and serving use the same token ids.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits
from transformers import TrainingArguments, set_seed
from transformers.training_args import OptimizerNames

from training.dataset.review_files import Labels
from training.errors import BadFlag
from training.finetuning.adapting import make_trainable
from training.finetuning.recipes import FineTuningPlan, PositiveWeight
from training.finetuning.sharding import shard_frozen
from training.loop.rows import Rows, inputs
from training.loop.running import (
    CHECKPOINTS,
    ResumableTrainer,
    SavesWithinEpochs,
    checkpointed_activations,
)
from worker.classifiers.language.network import load_base
from worker.classifiers.language.placement import Placement

# For the loss on validation rows during training; metrics are measured as served, at the end.
EVAL_BATCH = 32


@dataclass(frozen=True, slots=True)
class Examples:
    """Token ids of reviews and their classes, rows x classes."""

    ids: Sequence[tuple[int, ...]]
    labels: Labels

    def rows(self) -> Rows:
        """Return them as rows of the training loop."""
        return Rows(self.ids, labels=self.labels.tolist())


def check_optimizer(name: str) -> None:
    """Raise BadFlag if transformers has no optimizer of this name."""
    if name not in set(OptimizerNames):
        raise BadFlag(f"--optimizer {name}: transformers has no optimizer of that name")


def load_trainable(
    base: Path, plan: FineTuningPlan, classes: int, placement: Placement
) -> nn.Module:
    """Return the base in a folder, trainable; the plan's seed initialises the new weights.

    Raises BadModel if the files do not fit the recipe, BadFlag if the adapter does not fit the
    base.
    """
    set_seed(plan.seed)
    model = load_base(base, plan.preset, classes, placement)
    trainable = make_trainable(model, plan.preset, plan.lora)
    if plan.shards:
        shard_frozen(trainable, trainable.get_base_model().base_model, placement.device)
    return trainable


def make_trainer(
    model: nn.Module,
    pad_id: int,
    plan: FineTuningPlan,
    train: Examples,
    validation: Examples | None,
    placement: Placement,
    draft: Path,
) -> "ClassifierTrainer":
    """Return the trainer of `model`, with checkpoints in `draft`."""
    inner = model.get_base_model() if plan.lora is not None else model
    inner.config.pad_token_id = pad_id  # the classifier uses it to find the end of a row
    trainer = ClassifierTrainer(
        model,
        _arguments(plan, placement, draft, evaluates=validation is not None),
        data_collator=Batches(pad_id),
        train_dataset=train.rows(),
        eval_dataset=validation.rows() if validation is not None else None,
    )
    if trainer.args.load_best_model_at_end:
        trainer.add_callback(SavesWithinEpochs())
    trainer.planned = plan.recipe.epochs / plan.recipe.epochs_run
    trainer.positive_weight = positive_weight(plan.recipe.positive_weight, train.labels)
    return trainer


def _arguments(
    plan: FineTuningPlan, placement: Placement, draft: Path, *, evaluates: bool
) -> TrainingArguments:
    recipe = plan.recipe
    keeps_best = recipe.keep_best and evaluates
    on_cpu = placement.device == "cpu"
    return TrainingArguments(
        output_dir=str(draft / CHECKPOINTS),
        num_train_epochs=recipe.epochs_run,
        per_device_train_batch_size=recipe.batch,
        per_device_eval_batch_size=EVAL_BATCH,
        gradient_accumulation_steps=recipe.accumulation,
        learning_rate=recipe.learning_rate,
        weight_decay=recipe.weight_decay,
        warmup_steps=recipe.warmup,
        optim=recipe.optimizer,
        train_sampling_strategy="group_by_length",
        eval_strategy="epoch" if evaluates else "no",
        **checkpointed_activations(plan.gradient_checkpointing),
        bf16=placement.compute is torch.bfloat16,
        fp16=placement.compute is torch.float16,
        use_cpu=on_cpu,
        seed=plan.seed,
        data_seed=plan.seed,
        logging_steps=10,
        logging_first_step=True,
        save_steps=plan.save_steps,
        # The library chooses among checkpoints of whole epochs, and never removes the best.
        save_strategy="epoch" if keeps_best else "steps",
        save_total_limit=3 if keeps_best else 2,
        load_best_model_at_end=keeps_best,
        label_names=["labels"],
        remove_unused_columns=False,
        ddp_find_unused_parameters=False,
        dataloader_pin_memory=not on_cpu,
        report_to="none",
    )


class Batches:
    """Makes batches of reviews, padded on the right as in serving."""

    def __init__(self, pad_id: int) -> None:
        self._pad_id = pad_id

    def __call__(self, rows: Sequence[Mapping[str, Any]]) -> dict[str, torch.Tensor]:
        """Return ids and mask, rows x positions, and labels, rows x classes."""
        return {
            **inputs(rows, self._pad_id),
            "labels": torch.tensor([row["labels"] for row in rows], dtype=torch.float32),
        }


def positive_weight(kind: PositiveWeight, labels: Labels) -> Tensor | None:
    """Return the weight of each class's positive examples, None if all weigh one."""
    if kind is PositiveWeight.NONE:
        return None
    return 1 - torch.tensor(labels, dtype=torch.float32).mean(dim=0)


def cross_entropy(logits: Tensor, labels: Tensor, positive: Tensor | None = None) -> Tensor:
    """
    Return the mean binary cross-entropy over rows and classes, computed in float32.

    `positive` weighs the positive examples of each class.
    """
    weights = None if positive is None else positive.to(logits.device)
    return binary_cross_entropy_with_logits(logits.float(), labels.float(), pos_weight=weights)


class ClassifierTrainer(ResumableTrainer):
    """Minimises the cross-entropy; its mean over a batch is divided by the batches of a step."""

    planned: float = 1.0  # planned epochs of the learning-rate decay, per epoch run
    positive_weight: Tensor | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The library assumes that a classifier's loss is scaled for accumulation already, which
        # would make its steps `accumulation` times too large.
        self.loss_is_scaled_for_ga = False
        self.model_accepts_loss_kwargs = False

    def create_scheduler(self, num_training_steps: int, optimizer: Any = None) -> Any:
        """Let the learning rate decay over the planned epochs, even if training stops earlier."""
        return super().create_scheduler(round(num_training_steps * self.planned), optimizer)

    def compute_loss(
        self,
        model: nn.Module,
        inputs: dict[str, torch.Tensor],
        return_outputs: bool = False,
        num_items_in_batch: Any = None,
    ) -> Any:
        """Return the loss of a batch, with the outputs of the model if requested."""
        features = {name: tensor for name, tensor in inputs.items() if name != "labels"}
        outputs = model(**features)
        loss = cross_entropy(outputs.logits, inputs["labels"], self.positive_weight)
        return (loss, outputs) if return_outputs else loss
