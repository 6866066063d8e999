"""
Makes a servable model of a published adapter: checks it, runs it once, writes its manifest.

Adapter and base are folders, or repositories of the hub, which are fetched and pinned. What is
written is the adapter, a manifest and a card; the base stays where it is.

A model in another wording than the recipe's first has that wording in its name, so that it takes
nobody's place and the command compare says which is which.
"""

import argparse
from pathlib import Path

from training.errors import Missing
from triage.taxonomy import DEFAULT_TAXONOMY
from worker.classifiers.language.presets import PRESETS


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add this command to the parser."""
    parser = commands.add_parser("import-adapter", description=__doc__)
    add = parser.add_argument
    add(
        "preset", choices=[p.name for p in PRESETS.values() if p.lora], help="recipe of the adapter"
    )
    add("--adapter", help="folder or repository (default: where the recipe's is published)")
    add("--base", help="folder or repository (default: the recipe's)")
    add("--revision", help="commit of the base (default: the recipe's, or the newest)")
    add(
        "--out",
        type=Path,
        help="folder of the model (default: models/PRESET, or PRESET-PROMPT for another wording)",
    )
    add("--prompt", help="version of the wording (default: the recipe's first)")
    add("--taxonomy", type=Path, default=DEFAULT_TAXONOMY, help="file of the classes")
    add("--device", choices=("auto", "cuda", "cpu"), default="auto", help="where it is run once")
    parser.set_defaults(run=run)


def run(flags: argparse.Namespace) -> None:
    """Write the model's folder, whole or not at all."""
    try:
        from training.finetuning.model_import import make_model
    except ModuleNotFoundError as e:
        raise Missing(f"{e.name} is not installed; pip install '.[training,gpu]'") from e
    make_model(flags)
