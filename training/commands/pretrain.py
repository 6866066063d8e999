"""Makes a small base of one of the known architectures, from texts alone, for fit --base."""

import argparse
from pathlib import Path

from training.errors import Missing
from training.finetuning.recipes import RECIPES


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add this command to the parser."""
    parser = commands.add_parser("pretrain", help="make a small base", description=__doc__)
    add = parser.add_argument
    shown = "(default: %(default)s)"
    add("preset", choices=tuple(RECIPES), help="whose architecture and wording it has")
    add("--data", type=Path, required=True, nargs="+", help="CSVs of reviews, labelled or not")
    add("--out", type=Path, required=True, help="folder of the base; it must not be there yet")
    add("--vocabulary", type=int, default=8192, help=f"tokens {shown}")
    add("--hidden", type=int, default=256, help=shown)
    add("--inner", type=int, default=512, help=f"size inside the MLPs {shown}")
    add("--layers", type=int, default=4, help=shown)
    add("--heads", type=int, default=4, help=shown)
    add("--kv-heads", type=int, default=2, help=f"keys and values that heads share {shown}")
    add("--epochs", type=int, default=8, help=shown)
    add("--batch", type=int, default=16, help=f"rows at once {shown}")
    add("--learning-rate", type=float, default=2e-3, help=shown)
    add("--weight-decay", type=float, default=0.01, help=shown)
    add("--seed", type=int, default=42, help=shown)
    add("--save-steps", type=int, default=500, help=f"steps between checkpoints {shown}")
    add("--restart", action="store_true", help="throw an unfinished run away, do not resume it")
    parser.set_defaults(run=run)


def run(flags: argparse.Namespace) -> None:
    """Train the tokenizer and the network; a killed run goes on when the command is repeated."""
    try:
        # First of all: it shuts the package `kernels` out before bitsandbytes is imported.
        import worker.classifiers.language.network  # noqa: F401
        from training.pretraining.base_making import make_base
    except ModuleNotFoundError as e:
        raise Missing(f"{e.name} is not installed; pip install '.[training,gpu]'") from e
    make_base(flags)
