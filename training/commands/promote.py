"""
Makes a model the default, if it passes the gate on held-out reviews.

It must be better in exact match, in nearly all resamples of a paired bootstrap, and no group of
classes may lose more than a margin. The old default is kept; the command rollback restores it.
If there is no model in --place yet, NEW is measured and compared with none.
"""

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from training.commands.compare import answers_of, as_json, as_text, measure_both
from training.commands.evaluation_flags import add_evaluation_data, evaluation_data
from training.commands.flag_checks import check_at_least, check_between, named_paths
from training.commands.shared_flags import add_taxonomy, values
from training.dataset.leaks import Seen
from training.errors import NotPromoted
from training.evaluation.held_out import HeldOut, load_held_out
from training.evaluation.scores import score
from training.promotion.default_model import has_model, previous, promote
from training.promotion.gate import Gate, objections
from training.results.output_paths import check_output_folder
from training.results.provenance import resolve
from triage.taxonomy import Taxonomy, load_taxonomy
from worker.classifiers.loading import DEFAULT_MODEL


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add this command to the parser."""
    parser = commands.add_parser("promote", description=__doc__)
    parser.add_argument("new", type=Path, metavar="NEW", help="folder of the model")
    add_place(parser, "old")
    add_evaluation_data(parser)
    add = parser.add_argument
    add(
        "--sure",
        type=float,
        default=0.95,
        help="share of bootstrap resamples in which NEW must be better (default: %(default)s)",
    )
    add(
        "--margin",
        type=float,
        default=0.02,
        help="micro-F1 that a group of classes may lose (default: %(default)s)",
    )
    add(
        "--least",
        type=int,
        default=50,
        help="groups of fewer reviews are ignored (default: %(default)s)",
    )
    add_taxonomy(parser)
    parser.set_defaults(run=run)


def add_place(parser: argparse.ArgumentParser, name: str) -> None:
    """Add --place, the folder of the default."""
    parser.add_argument(
        "--place",
        dest=name,
        type=Path,
        default=DEFAULT_MODEL,
        metavar="DIR",
        help="folder of the default model (default: models/default)",
    )


def run(flags: argparse.Namespace) -> None:
    """Measure and replace; NotPromoted names the objections, with --seen too."""
    check_between(flags, 0, 1, "sure", "margin")
    check_at_least(flags, 0, "least")
    for name, folder in (("--place", flags.old), ("the previous model", previous(flags.old))):
        check_output_folder(reads=named_paths(flags, "old"), name=name, folder=folder)
    taxonomy = load_taxonomy(flags.taxonomy)
    is_first = not has_model(flags.old)
    new, found = (_measure_first if is_first else _pass_gate)(flags, taxonomy)
    resolved = resolve("promote", values(flags), files={"data": flags.data})
    record = found | {"flags": json.loads(resolved)}
    promote(flags.new, flags.old, json.dumps(record, indent=2, ensure_ascii=False) + "\n")
    kept = "" if is_first else f"; the model before it is kept in {previous(flags.old)}"
    print(f"{new} is in {flags.old}{kept}")


def _pass_gate(flags: argparse.Namespace, taxonomy: Taxonomy) -> tuple[str, dict[str, Any]]:
    """Print the comparison; return the new model's name and the record, NotPromoted if worse."""
    old, new, found = measure_both(flags.old, flags.new, evaluation_data(flags), taxonomy)
    print(as_text(old, new, found))
    gate = Gate(flags.sure, flags.margin, flags.least)
    _check_objections(new, *objections(found, gate))
    return new.name, {"gate": asdict(gate), "comparison": as_json(old, new, found)}


def _measure_first(flags: argparse.Namespace, taxonomy: Taxonomy) -> tuple[str, dict[str, Any]]:
    """Print the metrics of a model for an empty place; return its name and the record."""
    new = load_held_out(flags.new, evaluation_data(flags), taxonomy)
    scores = score(new.labels, answers_of(new))
    print(f"{new.name} ({new.seen}), {scores.n} reviews")
    print(f"  exact match {scores.exact_match:.4f}")
    print(f"  micro-F1    {scores.micro_f1:.4f}")
    print(f"  macro-F1    {scores.macro_f1:.4f}")
    print(f"there is no model in {flags.old} yet, so it was compared with none")
    _check_objections(new)
    return new.name, {"measured_on": new.seen, "scores": asdict(scores)}


def _check_objections(new: HeldOut, *against: str) -> None:
    """Raise NotPromoted if there are objections, or if the model was trained on what it answers."""
    if new.seen is Seen.YES:
        against = (f"it is measured on {new.seen}", *against)
    if against:
        raise NotPromoted(f"{new.name} is not promoted: {'; '.join(against)}")
