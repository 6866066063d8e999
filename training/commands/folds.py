"""
Splits labelled reviews into folds and saves them, so that all commands use the same folds.

Each class is spread evenly over the folds, and identical texts are in one fold.
"""

import argparse
from pathlib import Path

import numpy as np

from training.commands.flag_checks import check_output_files
from training.commands.shared_flags import add_data, add_seed, add_taxonomy, values
from training.dataset.class_examples import warn_of_labels
from training.dataset.folds_file import make_folds, write_folds
from training.dataset.review_files import read_rows
from training.results.provenance import resolve, save_flags
from triage.taxonomy import load_taxonomy


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add this command to the parser."""
    parser = commands.add_parser("folds", description=__doc__)
    add_data(parser)
    parser.add_argument("--out", type=Path, required=True, help="file of the folds")
    add_taxonomy(parser)
    parser.add_argument(
        "--count", type=int, default=5, help="number of folds (default: %(default)s)"
    )
    parser.add_argument(
        "--apart",
        action="store_true",
        help="allow identical texts in different folds, as in traffic with repeated texts; "
        "metrics on such folds need --seen",
    )
    add_seed(parser)
    parser.set_defaults(run=run)


def run(flags: argparse.Namespace) -> None:
    """Split and write."""
    check_output_files(flags, "out")
    taxonomy = load_taxonomy(flags.taxonomy)
    rows = read_rows(flags.data, taxonomy, flags.separator)
    warn_of_labels(rows, taxonomy)
    folds = make_folds(
        rows,
        flags.data,
        taxonomy,
        count=flags.count,
        seed=flags.seed,
        together=not flags.apart,
    )
    write_folds(flags.out, folds)
    save_flags(flags.out, resolve("folds", values(flags), files={"data": flags.data}))
    sizes = np.bincount(list(folds.fold.values()), minlength=folds.count).tolist()
    print(f"{len(rows)} rows in {folds.count} folds of {sizes} are in {flags.out}")
