"""Trains the linear model on labelled reviews and measures it by cross-validation."""

import argparse
import json
import math
from importlib.metadata import version
from pathlib import Path

from training.cross_validation import cross_validate
from training.dataset import Row, label_matrix, read_rows
from training.errors import BadFlag
from training.linear import RULE, fit, save
from training.model_card import render_card
from training.model_folder import replacing
from triage.cascade import FallbackClass, Ladder
from triage.manifest import Manifest, Metrics, digest
from triage.taxonomy import DEFAULT_TAXONOMY, Taxonomy, load_taxonomy
from worker.linear import matrix

# What the fitted numbers depend on besides the flags and the data.
LIBRARIES = ("numpy", "scipy", "scikit-learn", "iterative-stratification", "snowballstemmer")

# What a manifest has room for.
NAME_LENGTH = 40


def add_to(presets: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add this preset to the parser."""
    parser = presets.add_parser(
        "linear", help="the CPU model: n-grams and logistic regression", description=__doc__
    )
    add = parser.add_argument
    add("--data", type=Path, required=True, help="CSV of labelled reviews")
    add("--out", type=Path, required=True, help="folder of the model; an older one is replaced")
    add("--taxonomy", type=Path, default=DEFAULT_TAXONOMY, help="file of the classes")
    add("--name", default="linear", help="what the model is called (default: %(default)s)")
    add(
        "--strength",
        type=float,
        default=7.0,
        help="inverse of the regularisation, C (default: %(default)s)",
    )
    add(
        "--folds",
        type=int,
        default=5,
        help="folds of the cross-validation, 0 for none (default: %(default)s)",
    )
    add("--seed", type=int, default=42, help="seed of the folds (default: %(default)s)")
    add(
        "--compare-class",
        type=int,
        default=19,
        help="also measure with undecided reviews filed under this class (default: %(default)s)",
    )
    parser.set_defaults(run=run)


def run(flags: argparse.Namespace) -> None:
    """Fit, measure and write; the old model stays until the new one is whole."""
    taxonomy = load_taxonomy(flags.taxonomy)
    _check(flags, taxonomy)
    rows = read_rows(flags.data, taxonomy)
    resolved = _resolve(flags, len(rows))
    print(resolved)
    with replacing(flags.out) as folder:
        (folder / "fit.json").write_text(resolved + "\n", encoding="utf-8")
        metrics = _measure(rows, taxonomy, flags)
        labels = label_matrix(rows, taxonomy)
        weights = fit(matrix([row.review for row in rows]), labels, strength=flags.strength)
        manifest = save(folder, weights, taxonomy, name=flags.name, metrics=metrics)
        card = render_card(manifest, rows=len(rows))
        (folder / "README.md").write_text(card, encoding="utf-8")
    _report(manifest, flags.out)


def _check(flags: argparse.Namespace, taxonomy: Taxonomy) -> None:
    """Raise BadFlag before any work is done."""
    if not 0 < flags.strength < math.inf:
        raise BadFlag(f"--strength {flags.strength}: must be a number above zero")
    if not 0 < len(flags.name) <= NAME_LENGTH:
        raise BadFlag(f"--name {flags.name}: must have 1 to {NAME_LENGTH} characters")
    if flags.folds and flags.compare_class not in taxonomy.by_id:
        raise BadFlag(f"--compare-class {flags.compare_class}: the taxonomy has no such class")


def _resolve(flags: argparse.Namespace, rows: int) -> str:
    """Return the values of all flags, and of what else decides the result, as JSON."""
    values = {n: _relative(v) if isinstance(v, Path) else v for n, v in vars(flags).items()}
    values.pop("run")
    values |= {"rows": rows, "data_sha256": digest(flags.data)}
    values["libraries"] = {name: version(name) for name in LIBRARIES}
    return json.dumps({"command": "fit linear", **values}, indent=2, ensure_ascii=False)


def _relative(path: Path) -> str:
    """Return a path without the folders above the current one, which are nobody's business."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def _measure(
    rows: tuple[Row, ...], taxonomy: Taxonomy, flags: argparse.Namespace
) -> tuple[Metrics, ...]:
    if flags.folds == 0:
        return ()
    other = Ladder(fallback=FallbackClass.model_validate({"class": flags.compare_class}))
    return tuple(
        cross_validate(
            rows,
            taxonomy,
            (RULE, other),
            folds=flags.folds,
            seed=flags.seed,
            strength=flags.strength,
        )
    )


def _report(manifest: Manifest, out: Path) -> None:
    for figures in manifest.metrics:
        print(
            f"exact match {figures.exact_match:.3f}, micro-F1 {figures.micro_f1:.3f}, "
            f"macro-F1 {figures.macro_f1:.3f}: {figures.how}"
        )
    print(f"{manifest.name} {manifest.version} is in {out}")
