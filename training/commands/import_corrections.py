"""
Turns moderators' corrections into training rows.

The file is the bot's export (one JSON object a line; triage/corrections.py defines it). The last
correction of a review counts, and only if the customer agreed and its weight is not 0. A row of
--data with the same text, rating and topics gets its classes; otherwise a new row is added.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from training.commands.flag_checks import check_output_files
from training.commands.shared_flags import add_taxonomy, values
from training.dataset.corrected_rows import merge_corrections
from training.dataset.extra_rows import read_made_by, write_made_rows
from training.dataset.file_records import listed
from training.dataset.review_files import INDEX_DIGITS, read_rows
from training.errors import BadData
from training.results.provenance import resolve, save_flags
from triage.corrections import (
    Correction,
    latest_corrections,
    read_corrections,
    unknown_classes,
    unknown_topics,
)
from triage.taxonomy import Taxonomy, load_taxonomy


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add this command to the parser."""
    parser = commands.add_parser(
        "import-corrections",
        description=__doc__,
    )
    parser.add_argument("--corrections", type=Path, required=True, help="the bot's export, JSONL")
    parser.add_argument(
        "--data",
        type=Path,
        help="file of labelled reviews: its rows are corrected, and new ones are appended",
    )
    parser.add_argument("--out", type=Path, required=True, help="CSV of labelled reviews to write")
    add_taxonomy(parser)
    parser.set_defaults(run=run)


def run(flags: argparse.Namespace) -> None:
    """Read, select, merge and write; the rows of --data keep their indices."""
    check_output_files(flags, "out")
    taxonomy = load_taxonomy(flags.taxonomy)
    rows = read_rows(flags.data, taxonomy) if flags.data else ()
    said = read_corrections(flags.corrections, taxonomy)
    latest = latest_corrections(said)
    if not latest:
        raise BadData(
            f"{flags.corrections}: no customer agreed to training on a review, or all weights are 0"
        )
    known = _with_known_classes(flags, latest, taxonomy)
    _check_topics(flags, known, taxonomy)
    merged = merge_corrections(rows, known, taxonomy)
    if merged.rows[-1].index >= 10**INDEX_DIGITS:
        raise BadData(
            f"{flags.data}: its largest index leaves no room for {merged.new} new rows, whose "
            f"indices may have {INDEX_DIGITS} digits; number the rows again"
        )
    made_by = read_made_by([flags.data] if flags.data else [])
    write_made_rows(flags.out, merged.rows, taxonomy, made_by=made_by)
    files = {"corrections": flags.corrections} | ({"data": flags.data} if flags.data else {})
    save_flags(flags.out, resolve("import-corrections", values(flags), files=files))
    reviews = len({one.review_id for one in said})
    print(
        f"{len(said)} corrections of {reviews} reviews: {merged.new} new rows, {merged.replaced} "
        f"replaced, {merged.present} already there, {merged.older} with a newer correction of an "
        f"equal review, {reviews - len(latest)} without consent or weight; "
        f"{len(merged.rows)} rows are in {flags.out}"
    )


def _with_known_classes(
    flags: argparse.Namespace, latest: Sequence[Correction], taxonomy: Taxonomy
) -> list[Correction]:
    """Return the corrections whose classes the taxonomy has; print how many others there are."""
    known = [one for one in latest if not unknown_classes(one, taxonomy)]
    unknown = sorted({class_id for one in latest for class_id in unknown_classes(one, taxonomy)})
    if not known:
        raise BadData(
            f"{flags.corrections}: the taxonomy does not have the classes of any correction: "
            f"{listed(map(str, unknown))}; name the bot's taxonomy file"
        )
    if unknown:
        print(
            f"{len(latest) - len(known)} corrections are left out, because the taxonomy does not "
            f"have their classes: {listed(map(str, unknown))}"
        )
    return known


def _check_topics(
    flags: argparse.Namespace, corrections: Sequence[Correction], taxonomy: Taxonomy
) -> None:
    """Print how many corrections lose topics; BadData if the taxonomy has no topic of any."""
    found = [topics for one in corrections if (topics := unknown_topics(one, taxonomy))]
    if not found:
        return
    unknown = listed(sorted(set().union(*found)))
    if not any(one.review(taxonomy).tags for one in corrections):
        raise BadData(
            f"{flags.corrections}: the taxonomy does not have the topics of any correction: "
            f"{unknown}; name the bot's taxonomy file"
        )
    print(
        f"{len(found)} corrections are imported without some of their topics, because the "
        f"taxonomy does not have them: {unknown}"
    )
