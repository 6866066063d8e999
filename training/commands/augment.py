"""
Makes extra training rows (fit --extra): class definitions, typing errors, cleaned texts.

A row made from another one is never trained on when its origin is measured.
"""

import argparse
from pathlib import Path

from training.commands.flag_checks import check_output_files
from training.commands.shared_flags import add_data, add_seed, add_taxonomy, values
from training.dataset.augmenting import WAYS, augment
from training.dataset.extra_rows import read_made_by, write_made_rows
from training.dataset.review_files import read_rows
from training.errors import BadData
from training.results.provenance import resolve, save_flags
from triage.taxonomy import load_taxonomy


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add this command to the parser."""
    parser = commands.add_parser("augment", description=__doc__)
    add_data(parser)
    parser.add_argument("--out", type=Path, required=True, help="CSV of extra rows to write")
    parser.add_argument(
        "--ways", nargs="+", choices=list(WAYS), required=True, help="how rows are made"
    )
    add_taxonomy(parser)
    add_seed(parser)
    parser.set_defaults(run=run)


def run(flags: argparse.Namespace) -> None:
    """Make and write."""
    check_output_files(flags, "out")
    taxonomy = load_taxonomy(flags.taxonomy)
    rows = read_rows(flags.data, taxonomy, flags.separator, allow_made=True)
    made = augment(rows, taxonomy, flags.ways, seed=flags.seed)
    if not made:
        raise BadData(f"{flags.data}: {', '.join(flags.ways)} changes no row")
    write_made_rows(flags.out, made, taxonomy, made_by=read_made_by([flags.data]))
    files = {"data": flags.data}
    save_flags(flags.out, resolve("augment", values(flags), files=files))
    print(f"{len(made)} rows are in {flags.out}")
