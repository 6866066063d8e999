"""
Turns moderators' corrections into training rows.

The file is the bot's export (one JSON object a line; triage/corrections.py defines it). The last
correction of a review counts, and only if the customer agreed and its weight is not 0.
"""

import argparse
from pathlib import Path

from training.commands.flag_checks import check_output_files
from training.commands.shared_flags import add_taxonomy, values
from training.dataset.extra_rows import read_made_by, write_made_rows
from training.dataset.review_files import Row, read_rows
from training.errors import BadData
from training.results.provenance import resolve, save_flags
from triage.corrections import latest_corrections, read_corrections
from triage.taxonomy import load_taxonomy


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add this command to the parser."""
    parser = commands.add_parser(
        "import-corrections",
        description=__doc__,
    )
    parser.add_argument("--corrections", type=Path, required=True, help="the bot's export, JSONL")
    parser.add_argument(
        "--data", type=Path, help="CSV of labelled reviews; the new rows are appended to them"
    )
    parser.add_argument("--out", type=Path, required=True, help="CSV of labelled reviews to write")
    add_taxonomy(parser)
    parser.set_defaults(run=run)


def run(flags: argparse.Namespace) -> None:
    """Read, select and write; the rows of --data keep their indices."""
    check_output_files(flags, "out")
    taxonomy = load_taxonomy(flags.taxonomy)
    rows = read_rows(flags.data, taxonomy) if flags.data else ()
    said = read_corrections(flags.corrections, taxonomy)
    chosen = latest_corrections(said)
    if not chosen:
        raise BadData(
            f"{flags.corrections}: no customer agreed to training on a review, or all weights are 0"
        )
    first = 1 + max((row.index for row in rows), default=-1)
    new = tuple(
        Row(index, one.review(), tuple(c for c in taxonomy.ids if c in one.classes))
        for index, one in enumerate(chosen, start=first)
    )
    made_by = read_made_by([flags.data] if flags.data else [])
    write_made_rows(flags.out, (*rows, *new), taxonomy, made_by=made_by)
    files = {"corrections": flags.corrections} | ({"data": flags.data} if flags.data else {})
    save_flags(flags.out, resolve("import-corrections", values(flags), files=files))
    reviews = len({one.review_id for one in said})
    print(
        f"{len(said)} corrections of {reviews} reviews: {len(new)} new rows, "
        f"{reviews - len(new)} without consent or weight; "
        f"{len(rows) + len(new)} rows are in {flags.out}"
    )
