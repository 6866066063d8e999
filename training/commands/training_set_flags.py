"""The flags of the commands that fit on a training set."""

import argparse
from pathlib import Path

from training.dataset.training_set import TrainingSetSources
from training.errors import BadFlag

MEASURED_BY_FOLDS = "file of the command folds: also measure out of fold, and save oof.npz"


def add_training_set(parser: argparse.ArgumentParser, *, folds: str = MEASURED_BY_FOLDS) -> None:
    """Add the flags of a training set besides --data; `folds` is the help of --folds."""
    parser.add_argument(
        "--folds",
        type=Path,
        metavar="FILE",
        help=folds,
    )
    parser.add_argument(
        "--held-out",
        type=int,
        metavar="FOLD",
        help="fit without this fold of --folds, and do not cross-validate",
    )
    parser.add_argument(
        "--extra",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="CSV of training rows that are never measured; may be given several times",
    )


def training_set_sources(flags: argparse.Namespace) -> TrainingSetSources:
    """Return the sources that the flags name; BadFlag for --held-out without --folds."""
    if flags.held_out is not None and flags.folds is None:
        raise BadFlag("--held-out: needs --folds, whose fold it names")
    return TrainingSetSources(
        flags.data,
        flags.folds,
        flags.held_out,
        tuple(flags.extra),
        flags.separator,
        flags.taxonomy,
    )
