"""The flags of a fit of a transformer; their defaults are the recipe's."""

import argparse
from pathlib import Path

from training.commands.shared_flags import add_data, add_seed, add_seen, add_taxonomy
from training.dataset.training_set import add_flags as add_material
from training.finetuning.recipes import RECIPES, Recipe
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
    add("--out", type=Path, required=True, help="folder of the model; an older one is replaced")
    add("--base", type=Path, help=f"folder of the base (default: {PRESETS[name].base} of the hub)")
    add("--token-file", type=Path, help="file of a token for the hub, where the base is gated")
    add("--base-id", help="what the base is called (default: by its folder)")
    add("--base-revision", help="which of that name it is (default: by its weights)")
    add_taxonomy(parser)
    add_material(parser)
    add_seen(parser)
    add("--name", default=name, help="what the model is called (default: %(default)s)")
    add("--restart", action="store_true", help="throw an unfinished fit away, do not resume it")


def _add_recipe(parser: argparse.ArgumentParser, recipe: Recipe) -> None:
    add = parser.add_argument_group("recipe").add_argument
    shown = "(default: %(default)s)"
    add("--epochs", type=int, default=recipe.epochs, help=f"epochs planned {shown}")
    add("--stop-after", type=int, default=recipe.stop_after, help=f"epochs run {shown}")
    add("--batch", type=int, default=recipe.batch, help=f"rows at once {shown}")
    add("--accumulation", type=int, default=recipe.accumulation, help=f"batches a step {shown}")
    add("--learning-rate", type=float, default=recipe.learning_rate, help=shown)
    add("--weight-decay", type=float, default=recipe.weight_decay, help=shown)
    add("--warmup", type=int, default=recipe.warmup, help=f"steps of warm-up {shown}")
    add("--optimizer", default=recipe.optimizer, help=f"by transformers' name {shown}")
    add_seed(parser)
    add(
        "--validation",
        type=float,
        default=0.1,
        help=f"share of the rows that is held out where there are no --folds {shown}",
    )
    add(
        "--compare-class",
        type=int,
        default=19,
        help=f"also measure with undecided reviews filed under this class {shown}",
    )


def _add_lora(parser: argparse.ArgumentParser, lora: Lora | None) -> None:
    if lora is None:
        return
    add = parser.add_argument_group("adapter").add_argument
    layers = "all" if lora.layers is None else f"{lora.layers[0]}-{lora.layers[-1]}"
    add("--rank", type=int, help=f"(default: {lora.rank})")
    add("--alpha", type=int, help=f"(default: {lora.alpha})")
    add("--dropout", type=float, help=f"(default: {lora.dropout})")
    add("--modules", help=f"names with commas between (default: {','.join(lora.modules)})")
    add("--layers", help=f"all, or like 0,2,16-41 (default: {layers})")


def _add_machine(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("machine").add_argument
    shown = "(default: %(default)s)"
    add("--device", choices=("auto", "cuda", "cpu"), default="auto", help=shown)
    add(
        "--weights",
        choices=[str(form) for form in WeightFormat],
        default=str(WeightFormat.AUTO),
        help=f"of the base: nf4, or bf16 where memory allows {shown}",
    )
    add("--gradient-checkpointing", action="store_true", help="less memory, a fifth slower")
    add("--save-steps", type=int, default=100, help=f"steps between checkpoints {shown}")
