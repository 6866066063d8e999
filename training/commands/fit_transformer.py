"""Fine-tunes a known recipe on labelled reviews, and measures it on rows that are held out."""

import argparse
from functools import partial

from training.commands.transformer_flags import add_flags
from training.errors import Missing

HELP = {
    "gemma-2-27b": "Gemma-2 27b, 4-bit, with LoRA",
    "gemma-2-9b": "Gemma-2 9b, 4-bit, with LoRA",
    "mistral-7b": "Mistral 7b, quantised at load, with LoRA",
    "xlm-roberta": "XLM-RoBERTa, the whole model",
}


def add_to(presets: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the presets to the parser, each with its own defaults."""
    for name, what in HELP.items():
        parser = presets.add_parser(name, help=what, description=__doc__)
        add_flags(parser, name)
        parser.set_defaults(run=partial(run, name))


def run(preset: str, flags: argparse.Namespace) -> None:
    """Fit, measure and write; the old model stays until the new one is whole."""
    try:
        # First of all: it shuts the package `kernels` out before bitsandbytes is imported.
        import worker.network  # noqa: F401
        from training.transformer_fit import fit
    except ModuleNotFoundError as e:
        raise Missing(f"{e.name} is not installed; pip install '.[training,gpu]'") from e
    fit(preset, flags)
