"""Fine-tunes a known recipe on labelled reviews, and measures it on held-out rows."""

import argparse
from functools import partial

from training.commands.transformer_flags import add_flags, fit_request
from training.errors import Missing


def add_to(presets: "argparse._SubParsersAction[argparse.ArgumentParser]", preset: str) -> None:
    """Add a recipe to the parser, with its own defaults."""
    parser = presets.add_parser(preset, description=__doc__)
    add_flags(parser, preset)
    parser.set_defaults(run=partial(run, preset))


def run(preset: str, flags: argparse.Namespace) -> None:
    """Fit, measure and write; the old model stays until the new one is complete."""
    request = fit_request(preset, flags)
    try:
        # Imported first: it blocks the package `kernels` before bitsandbytes is imported.
        import worker.classifiers.language.network  # noqa: F401
        from training.finetuning.transformer_fit import fit
    except ModuleNotFoundError as e:
        raise Missing(f"{e.name} is not installed; pip install '.[training,gpu]'") from e
    fit(request)
