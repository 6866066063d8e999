"""
Measures a model on labelled reviews through the code that serves it, by the model's own rule.

No metric is reported on texts that the model was trained on, except with --seen.
"""

import argparse
import json
from pathlib import Path

from training.commands.evaluation_flags import add_evaluation_data, evaluation_data
from training.commands.flag_checks import check_output_files
from training.commands.shared_flags import add_taxonomy, values
from training.evaluation.held_out import load_held_out
from training.evaluation.report import Measurement, as_json, as_page, measurement
from training.prediction.decisions import apply_calibration
from training.results.atomic_output import write_text
from training.results.provenance import resolve, save_flags
from triage.taxonomy import load_taxonomy


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add this command to the parser."""
    parser = commands.add_parser("evaluate", description=__doc__)
    parser.add_argument("--model", type=Path, required=True, help="folder of the model")
    add_evaluation_data(parser)
    parser.add_argument(
        "--report", type=Path, metavar="FILE", help="write an HTML page with charts"
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="write all metrics as JSON")
    add_taxonomy(parser)
    parser.add_argument("--json", action="store_true", help="print only one JSON object")
    parser.set_defaults(run=run)


def run(flags: argparse.Namespace) -> None:
    """Print the metrics of the model on the file, and write the requested files."""
    check_output_files(flags, "report", "out")
    taxonomy = load_taxonomy(flags.taxonomy)
    measured = load_held_out(flags.model, evaluation_data(flags), taxonomy)
    manifest = measured.manifest
    found = measurement(
        measured.labels,
        apply_calibration(measured.raw, manifest.calibration),
        manifest.rule,
        taxonomy,
        model=measured.name,
        data=flags.data.name + (" (out of fold)" if flags.oof else ""),
        seen=measured.seen,
    )
    text = json.dumps(as_json(found), ensure_ascii=False)
    files = {"data": flags.data} | ({"folds": flags.folds} if flags.folds else {})
    resolved = resolve("evaluate", values(flags), files=files, model=measured.name)
    for path, content in (
        (flags.report, as_page(found, taxonomy) if flags.report else ""),
        (flags.out, text + "\n"),
    ):
        if path:
            write_text(path, content)
            save_flags(path, resolved)
    print(text if flags.json else _as_text(found))


def _as_text(found: Measurement) -> str:
    scores, interval = found.scores, found.exact_match
    lines = [
        f"{found.model} on {found.data}, {found.seen}",
        f"  exact_match  {scores.exact_match:.4g} ({interval.low:.4g} to {interval.high:.4g})",
    ]
    lines += [
        f"  {name:12} {value:.4g}"
        for name, value in (
            ("micro_f1", scores.micro_f1),
            ("macro_f1", scores.macro_f1),
            ("weighted_f1", scores.weighted_f1),
            ("ece", found.calibration.ece_best),
            ("n", scores.n),
        )
    ]
    return "\n".join(lines)
