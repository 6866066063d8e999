"""The flags of a fit of a transformer, with the recipe's values as defaults, and its request."""

import argparse
from pathlib import Path

from training.commands.flag_checks import (
    check_above_zero,
    check_at_least,
    check_between,
    check_compare_class,
    check_name,
    check_out_folder,
)
from training.commands.shared_flags import (
    add_compare_class,
    add_data,
    add_seed,
    add_seen,
    add_taxonomy,
    values,
)
from training.commands.training_set_flags import add_training_set, training_set_sources
from training.finetuning.fit_request import BaseSource, FitRequest
from training.finetuning.recipes import (
    RECIPES,
    FineTuningPlan,
    PositiveWeight,
    Recipe,
    lora_config,
)
from triage.taxonomy import load_taxonomy
from worker.classifiers.language.memory import WeightFormat
from worker.classifiers.language.presets import PRESETS, Lora


def add_flags(parser: argparse.ArgumentParser, preset: str) -> None:
    """Add all flags of a preset to the parser."""
    _add_files(parser, preset)
    _add_recipe(parser, RECIPES[preset])
    _add_lora(parser, PRESETS[preset].lora)
    _add_machine(parser)


def _add_files(parser: argparse.ArgumentParser, name: str) -> None:
    add = parser.add_argument_group("files").add_argument
    add_data(parser)
    add(
        "--out", type=Path, required=True, help="folder of the model; an existing model is replaced"
    )
    add("--base", type=Path, help=f"folder of the base (default: {PRESETS[name].base} of the hub)")
    add("--token-file", type=Path, help="file with a token of the hub, for a gated base")
    add("--base-id", help="id of a local base (default: from its folder's name)")
    add("--base-revision", help="revision of a local base (default: from its weights)")
    add_taxonomy(parser)
    add_training_set(parser)
    add_seen(parser)
    add("--name", default=name, help="name of the model (default: %(default)s)")
    add("--restart", action="store_true", help="discard an unfinished fit, do not resume it")


def _add_recipe(parser: argparse.ArgumentParser, recipe: Recipe) -> None:
    add = parser.add_argument_group("recipe").add_argument
    shown = "(default: %(default)s)"
    add("--epochs", type=int, default=recipe.epochs, help=f"epochs planned {shown}")
    add("--stop-after", type=int, default=recipe.stop_after, help=f"epochs run {shown}")
    add("--batch", type=int, default=recipe.batch, help=f"rows of a batch {shown}")
    add("--accumulation", type=int, default=recipe.accumulation, help=f"batches a step {shown}")
    add("--learning-rate", type=float, default=recipe.learning_rate, help=shown)
    add("--weight-decay", type=float, default=recipe.weight_decay, help=shown)
    add("--warmup", type=int, default=recipe.warmup, help=f"steps of warm-up {shown}")
    add("--optimizer", default=recipe.optimizer, help=f"a name of transformers {shown}")
    add(
        "--positive-weight",
        choices=[str(weight) for weight in PositiveWeight],
        default=str(recipe.positive_weight),
        help="weight of a class's positive examples in the loss: complement is one minus the "
        f"share of reviews that have the class {shown}",
    )
    add(
        "--keep-best",
        action=argparse.BooleanOptionalAction,
        default=recipe.keep_best,
        help="keep the epoch with the least loss on a tenth of the training rows; the model is "
        f"not trained on that tenth {shown}",
    )
    add_seed(parser)
    add(
        "--validation",
        type=float,
        default=0.1,
        help=f"share of rows that is held out without --folds {shown}",
    )
    add_compare_class(add)


def _add_lora(parser: argparse.ArgumentParser, lora: Lora | None) -> None:
    if lora is None:
        return
    add = parser.add_argument_group("adapter").add_argument
    layers = "all" if lora.layers is None else f"{lora.layers[0]}-{lora.layers[-1]}"
    add("--rank", type=int, help=f"(default: {lora.rank})")
    add("--alpha", type=int, help=f"(default: {lora.alpha})")
    add("--dropout", type=float, help=f"(default: {lora.dropout})")
    add("--modules", help=f"comma-separated names (default: {','.join(lora.modules)})")
    add("--layers", help=f"all, or like 0,2,16-41 (default: {layers})")


def _add_machine(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("machine").add_argument
    shown = "(default: %(default)s)"
    add("--device", choices=("auto", "cuda", "cpu"), default="auto", help=shown)
    add(
        "--weights",
        choices=[str(form) for form in WeightFormat],
        default=str(WeightFormat.AUTO),
        help=f"format of the base: nf4, or bf16 if memory allows {shown}",
    )
    add("--gradient-checkpointing", action="store_true", help="less memory, a fifth slower")
    add(
        "--shard",
        action="store_true",
        help="divide the frozen base among the processes (accelerate launch)",
    )
    add("--save-steps", type=int, default=100, help=f"steps between checkpoints {shown}")


def fit_request(preset: str, flags: argparse.Namespace) -> FitRequest:
    """Return the request of the flags; BadFlag names the first that is not allowed."""
    taxonomy = load_taxonomy(flags.taxonomy)
    _check(flags)
    check_compare_class(flags, taxonomy)
    return FitRequest(
        plan=_plan(preset, flags),
        sources=training_set_sources(flags),
        taxonomy=taxonomy,
        base=BaseSource(flags.base, flags.base_id, flags.base_revision, flags.token_file),
        out=flags.out,
        name=flags.name,
        device=flags.device,
        weights=WeightFormat(flags.weights),
        validation=flags.validation,
        compare_class=flags.compare_class,
        allow_seen=flags.seen,
        restart=flags.restart,
        flags=values(flags),
    )


def _plan(preset: str, flags: argparse.Namespace) -> FineTuningPlan:
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
            positive_weight=PositiveWeight(flags.positive_weight),
            keep_best=flags.keep_best,
        ),
        lora=lora_config(preset, **adapter),
        seed=flags.seed,
        save_steps=flags.save_steps,
        gradient_checkpointing=flags.gradient_checkpointing,
        shards=flags.shard,
    )


def _check(flags: argparse.Namespace) -> None:
    check_at_least(flags, 1, "epochs", "batch", "accumulation", "save_steps")
    check_at_least(flags, 0, "weight_decay", "warmup")
    check_above_zero(flags, "learning_rate")
    check_name(flags)
    check_out_folder(flags)
    check_at_least(flags, 1, "stop_after")
    check_between(flags, 0, 0.5, "validation")
