"""Undoes the last promotion: exchanges the default model and the previous one."""

import argparse

from training.commands.promote import add_place
from training.promotion.default_model import rollback
from triage.manifest import read_manifest


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add this command to the parser."""
    parser = commands.add_parser("rollback", description=__doc__)
    add_place(parser, "place")
    parser.set_defaults(run=run)


def run(flags: argparse.Namespace) -> None:
    """Exchange the two."""
    rollback(flags.place)
    manifest = read_manifest(flags.place)
    print(f"{manifest.name} {manifest.version} is in {flags.place} again")
