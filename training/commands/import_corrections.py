"""
Turns moderators' corrections into rows to learn from.

The file is the bot's export (one JSON object a line; triage/corrections.py says what is in it). The
last word about a review counts, and only where the customer agreed.
"""

import argparse
from pathlib import Path

from training.commands.shared_flags import add_taxonomy
from training.dataset.review_files import Row, read_rows
from training.dataset.rows_file import write_rows
from training.errors import BadData
from training.results.atomic_output import write_text
from training.results.output_paths import check_places
from training.results.provenance import beside, resolve
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
        "--data", type=Path, help="CSV of labelled reviews that the new rows are added behind"
    )
    parser.add_argument("--out", type=Path, required=True, help="CSV of labelled reviews to write")
    add_taxonomy(parser)
    parser.set_defaults(run=run)


def run(flags: argparse.Namespace) -> None:
    """Read, choose and write; the rows that were there keep their indices."""
    check_places(flags, reads=["data", "corrections"], writes=["out"])
    taxonomy = load_taxonomy(flags.taxonomy)
    rows = read_rows(flags.data, taxonomy) if flags.data else ()
    said = read_corrections(flags.corrections, taxonomy)
    chosen = latest_corrections(said)
    if not chosen:
        raise BadData(f"{flags.corrections}: no customer agreed that a review is learnt from")
    first = 1 + max((row.index for row in rows), default=-1)
    new = tuple(
        Row(index, one.review(), tuple(c for c in taxonomy.ids if c in one.classes))
        for index, one in enumerate(chosen, start=first)
    )
    write_rows(flags.out, (*rows, *new), taxonomy)
    files = {"corrections": flags.corrections} | ({"data": flags.data} if flags.data else {})
    write_text(beside(flags.out), resolve("import-corrections", flags, files=files) + "\n")
    reviews = len({one.review_id for one in said})
    print(
        f"{len(said)} words about {reviews} reviews: {len(new)} new rows, "
        f"{reviews - len(new)} without consent; {len(rows) + len(new)} rows are in {flags.out}"
    )
