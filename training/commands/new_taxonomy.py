"""
Drafts a taxonomy from the labels of a file: its classes, topics and rating scale.

The classes are named in the column `classes`, the topics in `topics`. Titles become slugs, and what
is shared before a colon ("Delivery: late", "Delivery: cold") becomes a group. Read the draft before
you use it: titles can be translated, and a definition says more than a title.

--examples copies customers' texts into the taxonomy, where everybody who reads it sees them.
"""

import argparse
import json
from pathlib import Path

from training.commands.flag_checks import check_output_files
from training.commands.shared_flags import add_data
from training.dataset.file_records import listed
from training.drafting.found_labels import FoundLabels, find_labels
from training.drafting.taxonomy_draft import draft_taxonomy
from training.errors import BadFlag, OutputInTheWay
from training.results.atomic_output import writing
from triage.taxonomy import MAX_EXAMPLES, Taxonomy, load_taxonomy


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add this command to the parser."""
    parser = commands.add_parser("new-taxonomy", description=__doc__)
    add_data(parser)
    parser.add_argument("--out", type=Path, required=True, help="taxonomy to write, JSON")
    parser.add_argument(
        "--examples",
        type=int,
        default=0,
        metavar="N",
        help=f"write up to N reviews of each class, at most {MAX_EXAMPLES}, as its examples",
    )
    parser.add_argument("--force", action="store_true", help="overwrite an existing file")
    parser.set_defaults(run=run)


def run(flags: argparse.Namespace) -> None:
    """Read, draft and write; only a file that `load_taxonomy` reads is written."""
    check_output_files(flags, "out")
    if not 0 <= flags.examples <= MAX_EXAMPLES:
        raise BadFlag(f"--examples: {flags.examples} is not between 0 and {MAX_EXAMPLES}")
    if flags.out.exists() and not flags.force:
        raise OutputInTheWay(f"{flags.out}: exists; name another file, or add --force")
    found = find_labels(flags.data, flags.separator, examples=flags.examples)
    with writing(flags.out) as draft:
        text = json.dumps(draft_taxonomy(found), ensure_ascii=False, indent=2)
        draft.write_text(f"{text}\n", encoding="utf-8")
        taxonomy = load_taxonomy(draft)
    print(_summary(found, taxonomy, flags.out))


def _summary(found: FoundLabels, taxonomy: Taxonomy, path: Path) -> str:
    counts = [f"{name} {count}" for name, count in found.classes.items()]
    scale = taxonomy.rating
    lines = [
        f"{path}, drafted from {found.rows} rows ({found.unlabelled} without a class):",
        f"  classes  {len(counts)}: {listed(counts)}",
        f"  groups   {len(taxonomy.groups)}: {listed(group.slug for group in taxonomy.groups)}",
        f"  topics   {len(found.topics)}" + (f": {listed(found.topics)}" if found.topics else ""),
        f"  rating   {f'from {scale.lowest} to {scale.highest}' if scale else 'none'}",
        *_examples(taxonomy),
        "Check titles and scale, and replace each definition by what the class means.",
    ]
    return "\n".join(lines)


def _examples(taxonomy: Taxonomy) -> list[str]:
    counts = [len(one.examples) for one in taxonomy.classes]
    if not any(counts):
        return []
    return [
        f"  examples {sum(counts)}, {min(counts)} to {max(counts)} of a class",
        "Read the examples: they are customers' own words. Remove names, addresses and numbers.",
    ]
