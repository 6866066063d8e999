"""
Calibrates a model on its out-of-fold probabilities, so that 70 % of the classes with probability
0.7 are right. Every candidate is measured on folds that it was not fitted on; the lowest log loss
wins.

Exact match and micro-F1 are those of the default ladder: a rule that was tuned before was fitted on
these reviews, for other probabilities. --write replaces the rule by the default ladder.

With --best-class a curve is fitted to the most probable class of each review, and the rule is moved
with it: its probability changes, the classes of the answer do not. If they would, as with some
thresholds that differ by class, nothing is written.
"""

import argparse
import json
from dataclasses import asdict
from pathlib import Path

from training.commands.flag_checks import check_output_files
from training.commands.shared_flags import add_data, add_seen, add_taxonomy, values
from training.dataset.review_files import read_rows
from training.errors import BadFlag
from training.evaluation.held_out import HeldOut, out_of_fold
from training.evaluation.quality_metrics import measure
from training.evaluation.scores import score
from training.model_folder.revision import revise, with_metrics
from training.prediction.decisions import answer
from training.results.atomic_output import write_text
from training.results.provenance import resolve
from training.tuning.best_class import CANDIDATES as BEST_CLASS
from training.tuning.best_class import check_answers, moved
from training.tuning.calibrations import CANDIDATES, Candidate, best_of, cautious, cross_validated
from training.tuning.search import Sample
from triage.calibration import BestClass, Calibration
from triage.cascade import Ladder
from triage.manifest import Manifest, QualityMetrics
from triage.taxonomy import load_taxonomy


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add this command to the parser."""
    parser = commands.add_parser("calibrate", description=__doc__)
    parser.add_argument(
        "--model", type=Path, required=True, help="folder of a model that was fitted with --folds"
    )
    add_data(parser, "the CSV that it was fitted on")
    parser.add_argument(
        "--write", action="store_true", help="write the best calibration into the model's manifest"
    )
    parser.add_argument(
        "--best-class",
        action="store_true",
        help="calibrate only the most probable class, and keep the classes of every answer",
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="write all metrics as JSON")
    add_taxonomy(parser)
    add_seen(parser)
    parser.set_defaults(run=run)


def run(flags: argparse.Namespace) -> None:
    """Fit, print the calibration of each candidate, and write the requested files."""
    check_output_files(flags, "out")
    taxonomy = load_taxonomy(flags.taxonomy)
    rows = read_rows(flags.data, taxonomy, flags.separator)
    held = out_of_fold(flags.model, flags.data, rows, taxonomy, allow=flags.seen)
    sample = Sample.of(held)
    fits = BEST_CLASS if flags.best_class else CANDIDATES
    candidates = cross_validated(sample, fits)
    best = min(candidates, key=_ece) if flags.best_class else best_of(candidates)
    print(f"{held.name}, {held.seen}, on folds that the calibration was not fitted on")
    for one in candidates:
        print(_line(one, held, chosen=one is best, rules=not flags.best_class))
    resolved = resolve("calibrate", values(flags), files={"data": flags.data}, model=held.name)
    if flags.out:
        figures = {one.name: asdict(one.reliability) for one in candidates}
        found = {"best": best.name, "candidates": figures, "flags": json.loads(resolved)}
        write_text(flags.out, json.dumps(found, indent=2, ensure_ascii=False) + "\n")
    if flags.write and flags.best_class and best.name == "none":
        print("nothing written: the best class is better calibrated without the curve")
    elif flags.write:
        calibration = fits[best.name](sample.truth, sample.probabilities)
        changed = _changed(held, best, calibration, keep_decisions=flags.best_class)
        revised = revise(flags.model, changed, "calibrate", resolved)
        more = (
            "it gives the same classes as before"
            if flags.best_class
            else "tune its thresholds again"
        )
        print(f"{revised.name} {revised.version} is in {flags.model}; {more}")


def _changed(
    held: HeldOut, best: Candidate, calibration: Calibration | None, *, keep_decisions: bool
) -> Manifest:
    manifest = held.manifest
    if keep_decisions:
        if manifest.calibration is not None:
            raise BadFlag("--best-class: the model is calibrated; fit it again, or calibrate alone")
        assert isinstance(calibration, BestClass)
        rule = moved(manifest.rule, calibration)
        kept = manifest.model_copy(update={"calibration": calibration, "rule": rule})
        check_answers(held.raw, manifest, kept)
        return kept
    if manifest.guard is not None:
        calibration = cautious(calibration)
    changed = with_metrics(manifest, _metrics(best, held), "before calibration")
    return changed.model_copy(update={"calibration": calibration, "rule": _ladder(held)})


def _ece(one: Candidate) -> float:
    return one.reliability.ece_best


def _ladder(held: HeldOut) -> Ladder:
    return Ladder(fallback=held.manifest.rule.fallback)


def _metrics(best: Candidate, held: HeldOut) -> QualityMetrics:
    folds = held.parts
    answers = answer(best.probabilities, held.manifest.labels, _ladder(held))
    how = f"{len(folds)}-fold, calibrated on the other folds ({best.name}), {held.seen}"
    return measure(how, held.labels, answers, folds)


def _line(one: Candidate, held: HeldOut, *, chosen: bool, rules: bool) -> str:
    found = one.reliability
    line = (
        f"{'*' if chosen else ' '} {one.name:16} log loss {found.log_loss:.5f}, "
        f"ECE of the best class {found.ece_best:.4f}, of all {found.ece:.5f}"
    )
    if not rules:
        return line
    scores = score(held.labels, answer(one.probabilities, held.manifest.labels, _ladder(held)))
    return f"{line}, exact match {scores.exact_match:.4f}, micro-F1 {scores.micro_f1:.4f}"
