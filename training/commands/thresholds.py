"""
Tunes a model's rule on its out-of-fold probabilities: the rungs of a ladder, or a threshold for
each class. Reports the gain over the default ladder on reviews that the rule was not tuned on.
"""

import argparse
import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from types import MappingProxyType

from training.commands.flag_checks import check_at_least, check_output_files
from training.commands.shared_flags import add_data, add_seed, add_seen, add_taxonomy, values
from training.dataset.review_files import read_rows
from training.errors import BadFlag
from training.evaluation.bootstrap import Difference, exact_match_difference, micro_f1_difference
from training.evaluation.held_out import HeldOut, out_of_fold
from training.evaluation.quality_metrics import measure
from training.model_folder.revision import revise, with_metrics
from training.prediction.decisions import answer
from training.results.atomic_output import write_text
from training.results.provenance import resolve
from training.tuning.best_class import best_class
from training.tuning.calibrations import (
    PLATT,
    Fit,
    best_of,
    calibrate_split,
    cross_validated,
    temperature,
)
from training.tuning.gains import Objective
from training.tuning.search import Nested, Sample, Search
from triage.cascade import Rule
from triage.manifest import QualityMetrics
from triage.taxonomy import load_taxonomy

HOW = "{folds}-fold nested, rule tuned on the other folds for {objective}"

# One to measure on, one to validate the hyperparameters on, one to tune on.
LEAST_FOLDS = 3

# The fits of each kind of calibration that a manifest may contain.
FITS: Mapping[str, Mapping[str, Fit]] = MappingProxyType(
    {
        "temperature": {"temperature": temperature},
        "platt": PLATT,
        "best_class": {"best class": best_class},
    }
)


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add this command to the parser."""
    parser = commands.add_parser("thresholds", description=__doc__)
    parser.add_argument(
        "--model", type=Path, required=True, help="folder of a model that was fitted with --folds"
    )
    add_data(parser, "the CSV that it was fitted on")
    parser.add_argument(
        "--objective",
        type=Objective,
        choices=list(Objective),
        default=Objective.EXACT,
        help="the metric to maximise (default: %(default)s)",
    )
    parser.add_argument(
        "--trials",
        type=int,
        default=20,
        help="number of hyperparameter settings tried (default: %(default)s)",
    )
    parser.add_argument(
        "--write",
        action="store_true",
        help="write the rule into the model's manifest, if it is better than the default ladder",
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="write rule and metrics as JSON")
    add_taxonomy(parser)
    add_seed(parser)
    add_seen(parser)
    parser.set_defaults(run=run)


def run(flags: argparse.Namespace) -> None:
    """Tune, print the gain, and write the requested files."""
    check_at_least(flags, 1, "trials")
    check_output_files(flags, "out")
    taxonomy = load_taxonomy(flags.taxonomy)
    rows = read_rows(flags.data, taxonomy, flags.separator)
    held = out_of_fold(flags.model, flags.data, rows, taxonomy, allow=flags.seen)
    if len(held.parts) < LEAST_FOLDS:
        raise BadFlag(f"{flags.model}: thresholds need a model of at least {LEAST_FOLDS} folds")
    search = Search(flags.objective, held.manifest.rule.fallback, flags.trials, flags.seed)
    sample, rule, nested = _tune(search, held)
    known = answer(sample.probabilities, sample.labels, search.known_ladder())
    exact = exact_match_difference(sample.truth, known, nested.answers)
    micro = micro_f1_difference(sample.truth, known, nested.answers)
    metrics = _metrics(held, nested, search)
    print(f"{held.name}, {held.seen}, {flags.objective} on folds that the rule was not tuned on")
    print(_line("exact match", metrics.exact_match, exact))
    print(_line("micro-F1", metrics.micro_f1, micro))
    print(f"  the rule is {_rule_text(rule)}; knobs by fold: {'; '.join(map(str, nested.knobs))}")
    resolved = resolve("thresholds", values(flags), files={"data": flags.data}, model=held.name)
    if flags.out:
        write_text(flags.out, _json(rule, nested, metrics, exact, micro, resolved))
    if flags.write:
        gain = exact if flags.objective is Objective.EXACT else micro
        _write(flags.model, held, rule, metrics, gain, resolved)


def _tune(search: Search, held: HeldOut) -> tuple[Sample, Rule, Nested]:
    """
    Return the sample that the rule is tuned on, the rule, and the nested answers.

    The manifest's calibration was fitted on these rows. Instead, each fold is calibrated on the
    others, and the nested answers use calibrations fitted within the other folds. All are of the
    manifest's kind, because that one is served with the rule.
    """
    sample = Sample.of(held)
    if held.manifest.calibration is None:
        nested = search.nested(sample)
    else:
        fits = FITS[held.manifest.calibration.kind]
        nested = search.nested(sample, partial(calibrate_split, fits))
        calibrated = best_of(cross_validated(sample, fits)).probabilities
        sample = replace(sample, probabilities=calibrated)
    return sample, search.tune(search.choose(sample), sample), nested


def _metrics(held: HeldOut, nested: Nested, search: Search) -> QualityMetrics:
    how = HOW.format(folds=len(held.parts), objective=search.objective)
    return measure(f"{how}, {held.seen}", held.labels, nested.answers, held.parts)


def _line(name: str, value: float, gain: Difference) -> str:
    return (
        f"  {name:11} {value:.4f}, default ladder {value - gain.value:.4f}: "
        f"{gain.value:+.4f} ({gain.low:+.4f} to {gain.high:+.4f})"
    )


def _rule_text(rule: Rule) -> str:
    if rule.kind == "ladder":
        return f"a ladder of {', '.join(f'{rung:.2f}' for rung in rule.rungs)}"
    low, high = min(rule.thresholds), max(rule.thresholds)
    return f"{len(rule.thresholds)} thresholds from {low:.2f} to {high:.2f}"


def _json(
    rule: Rule,
    nested: Nested,
    metrics: QualityMetrics,
    exact: Difference,
    micro: Difference,
    resolved: str,
) -> str:
    found = {
        "rule": rule.model_dump(mode="json", by_alias=True),
        "knobs": [asdict(knobs) for knobs in nested.knobs],
        "nested": metrics.model_dump(mode="json"),
        "exact_match_gain": asdict(exact),
        "micro_f1_gain": asdict(micro),
        "flags": json.loads(resolved),
    }
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"


def _write(
    folder: Path,
    held: HeldOut,
    rule: Rule,
    metrics: QualityMetrics,
    gain: Difference,
    resolved: str,
) -> None:
    if gain.value <= 0:
        print("no better than the default ladder on unseen reviews: nothing written")
        return
    changed = with_metrics(held.manifest, metrics, "before its rule was tuned")
    changed = changed.model_copy(update={"rule": rule})
    revised = revise(folder, changed, "thresholds", resolved)
    print(f"{revised.name} {revised.version} is in {folder}")
