"""From flags to a plan: each value checked, so that no hour of training ends in a mistyped one."""

import argparse

from transformers.training_args import OptimizerNames

from training.errors import BadFlag
from training.finetuning.recipes import Recipe, lora_of
from training.finetuning.trainer import FineTuningPlan
from training.flag_checks import above_zero, at_least, nameable
from triage.taxonomy import Taxonomy
from worker.classifiers.language.presets import PRESETS


def plan_of(preset: str, flags: argparse.Namespace, taxonomy: Taxonomy) -> FineTuningPlan:
    """Return the plan that `flags` describe; BadFlag names the first that cannot be."""
    _check(flags)
    if flags.compare_class not in taxonomy.by_id:
        raise BadFlag(f"--compare-class {flags.compare_class}: the taxonomy has no such class")
    adapter = {
        name: getattr(flags, name, None)
        for name in ("rank", "alpha", "dropout", "modules", "layers")
    }
    return FineTuningPlan(
        preset=PRESETS[preset],
        recipe=Recipe(
            epochs=flags.epochs,
            batch=flags.batch,
            accumulation=flags.accumulation,
            learning_rate=flags.learning_rate,
            optimizer=flags.optimizer,
            weight_decay=flags.weight_decay,
            warmup=flags.warmup,
            stop_after=flags.stop_after,
        ),
        lora=lora_of(preset, **adapter),
        seed=flags.seed,
        save_steps=flags.save_steps,
        gradient_checkpointing=flags.gradient_checkpointing,
    )


def _check(flags: argparse.Namespace) -> None:
    at_least(flags, 1, "epochs", "batch", "accumulation", "save_steps")
    at_least(flags, 0, "weight_decay", "warmup", "seed")
    above_zero(flags, "learning_rate")
    nameable(flags)
    if flags.stop_after is not None:
        at_least(flags, 1, "stop_after")
    if flags.optimizer not in set(OptimizerNames):
        raise BadFlag(
            f"--optimizer {flags.optimizer}: transformers knows no optimizer of that name"
        )
    if not 0 <= flags.validation <= 0.5:
        raise BadFlag(f"--validation {flags.validation}: must be from 0 to 0.5")
