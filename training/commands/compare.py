"""
Compares two models on the same labelled reviews, by a paired bootstrap.

With --oof both folders' out-of-fold probabilities are compared; they must have equal folds, so that
both models were trained on the same reviews.
"""

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from training.commands.evaluation_flags import add_evaluation_data, evaluation_data
from training.commands.shared_flags import add_taxonomy
from training.dataset.folds_file import same_folds
from training.dataset.review_files import Labels
from training.errors import BadFlag
from training.evaluation.held_out import EvaluationData, HeldOut, load_held_out
from training.prediction.decisions import answer, apply_calibration
from training.promotion.gate import Comparison, compare
from triage.taxonomy import Taxonomy, load_taxonomy


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add this command to the parser."""
    parser = commands.add_parser("compare", description=__doc__)
    parser.add_argument("old", type=Path, metavar="OLD", help="folder of a model")
    parser.add_argument("new", type=Path, metavar="NEW", help="folder of another model")
    add_evaluation_data(parser)
    add_taxonomy(parser)
    parser.add_argument("--json", action="store_true", help="print only one JSON object")
    parser.set_defaults(run=run)


def run(flags: argparse.Namespace) -> None:
    """Print the differences."""
    taxonomy = load_taxonomy(flags.taxonomy)
    old, new, found = measure_both(flags.old, flags.new, evaluation_data(flags), taxonomy)
    print(json.dumps(as_json(old, new, found)) if flags.json else as_text(old, new, found))


def measure_both(
    old_model: Path, new_model: Path, source: EvaluationData, taxonomy: Taxonomy
) -> tuple[HeldOut, HeldOut, Comparison]:
    """Return both models' probabilities of the same reviews, and their comparison."""
    old, new = (load_held_out(model, source, taxonomy) for model in (old_model, new_model))
    if not same_folds(old.fold, new.fold):
        raise BadFlag("--oof: the two models were measured on different folds; fit one again")
    return old, new, compare(old.labels, answers_of(old), answers_of(new), taxonomy)


def answers_of(held: HeldOut) -> Labels:
    """Return the answers of a model's own calibration and rule, reviews x classes."""
    manifest = held.manifest
    return answer(apply_calibration(held.raw, manifest.calibration), manifest.labels, manifest.rule)


def as_json(old: HeldOut, new: HeldOut, found: Comparison) -> dict[str, Any]:
    """Return plain values."""
    names = {"old": old.name, "new": new.name, "measured_on": [old.seen, new.seen]}
    return {"models": names, **asdict(found)}


def as_text(old: HeldOut, new: HeldOut, found: Comparison) -> str:
    """Return the comparison as text."""
    lines = [
        f"{new.name} ({new.seen}) against {old.name} ({old.seen}), {found.new.n} reviews",
        *(
            f"  {name:11} {b:.4f} against {a:.4f}: {gain.value:+.4f} "
            f"({gain.low:+.4f} to {gain.high:+.4f}), better in {gain.better:.1%} of draws"
            for name, a, b, gain in (
                ("exact match", found.old.exact_match, found.new.exact_match, found.exact_match),
                ("micro-F1", found.old.micro_f1, found.new.micro_f1, found.micro_f1),
            )
        ),
        f"  macro-F1    {found.new.macro_f1:.4f} against {found.old.macro_f1:.4f}",
    ]
    lines += [
        f"  {one.slug:22} {one.change:+.4f} micro-F1, {one.reviews} reviews" for one in found.groups
    ]
    return "\n".join(lines)
