"""The flags of the commands that measure models on labelled rows."""

import argparse
from pathlib import Path

from training.commands.shared_flags import add_data, add_seen
from training.errors import BadFlag
from training.evaluation.held_out import EvaluationData


def add_evaluation_data(parser: argparse.ArgumentParser) -> None:
    """Add the flags that select the rows to measure a model on."""
    add_data(parser)
    parser.add_argument(
        "--oof",
        action="store_true",
        help="use the out-of-fold probabilities of the model's folder; the model scores nothing",
    )
    parser.add_argument("--folds", type=Path, metavar="FILE", help="file of the command folds")
    parser.add_argument(
        "--fold", type=int, metavar="N", help="use only the rows that are measured in this fold"
    )
    add_seen(parser)


def evaluation_data(flags: argparse.Namespace) -> EvaluationData:
    """Return what the flags select; BadFlag for --folds without --fold or the reverse."""
    if (flags.folds is None) != (flags.fold is None):
        raise BadFlag("--folds and --fold: give both or neither")
    return EvaluationData(
        data=flags.data,
        separator=flags.separator,
        out_of_fold=flags.oof,
        folds=flags.folds,
        fold=flags.fold,
        allow_seen=flags.seen,
    )
