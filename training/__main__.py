"""
The command line of training: python -m training COMMAND. It takes only flags; the default of
--taxonomy is TAXONOMY_FILE from the environment or `.env`.

Each command is a file in training/commands. Only the chosen command is imported, so a command that
needs no torch starts without it.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from types import MappingProxyType

from training.errors import TrainingError
from triage.command_line import INTERRUPTED
from triage.errors import TriageError
from worker.classifiers.errors import ClassifierError

COMMANDS: Mapping[str, str] = MappingProxyType(
    {
        "new-taxonomy": "draft a taxonomy from the labels of a file",
        "folds": "split labelled reviews into folds",
        "fit": "train a model",
        "evaluate": "measure a model on labelled reviews",
        "calibrate": "calibrate a model's probabilities",
        "thresholds": "tune a model's rule on out-of-fold probabilities",
        "check-against": "compare a model's probabilities with published ones",
        "predict": "classify a file of reviews",
        "distil": "distil a larger model into the CPU model",
        "import-adapter": "convert a published adapter into a model for the worker",
        "import-corrections": "turn moderators' corrections into training rows",
        "compare": "compare two models on the same reviews",
        "promote": "make a model the default if it is better",
        "rollback": "undo the last promotion",
        "blend": "average the probabilities of models",
        "pseudo-label": "label reviews with a model's confident predictions",
        "augment": "make extra training rows",
    }
)
PRESETS: Mapping[str, str] = MappingProxyType(
    {
        "linear": "the small CPU model: n-grams and logistic regression",
        "cpu": "the CPU model: n-grams and a fine-tuned sentence encoder",
        "from-taxonomy": "a model of titles, definitions and examples, without labels",
    }
)
TRANSFORMERS: Mapping[str, str] = MappingProxyType(
    {
        "gemma-2-27b": "Gemma-2 27b, 4-bit, with LoRA",
        "gemma-2-9b": "Gemma-2 9b, 4-bit, with LoRA",
        "mistral-7b": "Mistral 7b, quantised at load, with LoRA",
        "xlm-roberta": "XLM-RoBERTa, all weights",
    }
)


def parser(arguments: Sequence[str]) -> argparse.ArgumentParser:
    """Return the parser of `arguments`; the command sets `run`, which takes the parsed flags."""
    top = argparse.ArgumentParser(
        prog="python -m training", description="Train and measure models."
    )
    commands = top.add_subparsers(metavar="COMMAND", required=True)
    chosen, preset, *_ = [*arguments, "", ""]
    _add(commands, COMMANDS, chosen, "{}")
    if chosen == "fit":
        fit = commands.add_parser("fit", description="Train a model.")
        presets = fit.add_subparsers(metavar="PRESET", required=True)
        _add(presets, PRESETS, preset, "fit_{}")
        _add_transformers(presets, preset)
    return top


def _add(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    names: Mapping[str, str],
    chosen: str,
    module: str,
) -> None:
    """Add the chosen command with its flags, and the names of the others."""
    for name, what in names.items():
        if name != chosen:
            commands.add_parser(name, help=what)
        elif name != "fit":
            file = module.format(name.replace("-", "_"))
            import_module(f"training.commands.{file}").add_to(commands)


def _add_transformers(
    presets: "argparse._SubParsersAction[argparse.ArgumentParser]", chosen: str
) -> None:
    """Add the recipes, which share one file: the chosen one with its flags."""
    for name, what in TRANSFORMERS.items():
        if name == chosen:
            import_module("training.commands.fit_transformer").add_to(presets, name)
        else:
            presets.add_parser(name, help=what)


def main(arguments: Sequence[str] | None = None) -> int:
    """Return the exit code; an error is 1, Ctrl-C 130, with one line on standard error."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    flags = argparse.Namespace()
    try:
        parser(given).parse_args(given, flags)
        flags.run(flags)
    except (TrainingError, TriageError, ClassifierError) as e:
        print(f"error: {e}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(_interrupted(flags, *given[:1]), file=sys.stderr)
        return INTERRUPTED
    except OSError as e:  # for example a full disk or missing permissions
        if e.strerror is None:
            raise
        print(f"error: {e.filename or 'a file'}: {e.strerror}", file=sys.stderr)
        return 1
    return 0


def _interrupted(flags: argparse.Namespace, command: str = "") -> str:
    """Return what is printed after Ctrl-C: whether the command can be resumed, and how."""
    fits_network = "restart" in flags and getattr(flags, "student", "cpu") == "cpu"
    if command != "predict" and not fits_network:
        return "interrupted"
    how = " without --restart" if getattr(flags, "restart", False) else ""
    return f"interrupted; repeat the command{how} to resume"


if __name__ == "__main__":
    sys.exit(main())
