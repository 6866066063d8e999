"""
A whole fit of a transformer: rows, base, training, figures, and the folder that can be served.

Everything that its command does after reading the flags. Its modules need torch, so the command
imports this one only when it is asked for.
"""

import argparse
import json
import shutil
import warnings
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from accelerate import PartialState

from training.dataset import Row, label_matrix, read_rows
from training.draft import open_draft
from training.errors import BadFlag
from training.fitting import RULE, Fitting
from training.held_out import hold_out
from training.local_base import name_base
from training.model_folder import check_replaceable, replacing
from training.plans import plan_of
from training.served_figures import classify, measure
from triage.cascade import FallbackClass, Ladder
from triage.manifest import Manifest, digest, write_manifest
from triage.taxonomy import load_taxonomy
from worker.memory import Weights
from worker.model import Options

# What the fitted numbers depend on besides the flags, the base and the data.
LIBRARIES = ("torch", "transformers", "peft", "bitsandbytes", "accelerate", "tokenizers")

# Flags that do not change what a fit ends with, so that it may be resumed with others.
ELSEWHERE = ("out", "restart", "save_steps")


def fit(preset: str, flags: argparse.Namespace) -> None:
    """Fit, measure and write; the old model stays until the new one is whole."""
    # Peft and transformers ask each other by names that are about to change.
    warnings.filterwarnings("ignore", category=FutureWarning, module="transformers")
    plan = plan_of(preset, flags)
    taxonomy = load_taxonomy(flags.taxonomy)
    rows = read_rows(flags.data, taxonomy)
    check_replaceable(flags.out)
    if not flags.base.is_dir():
        raise BadFlag(f"--base {flags.base}: is no folder")
    fitting = Fitting(
        base=flags.base,
        ref=name_base(flags.base, base_id=flags.base_id, revision=flags.base_revision),
        plan=plan,
        taxonomy=taxonomy,
        options=Options(device=flags.device, weights=Weights(flags.weights)),
        name=flags.name,
    )
    resolved = _resolve(preset, flags, fitting, rows)
    print(json.dumps(resolved, indent=2, ensure_ascii=False))
    deciding = {name: value for name, value in resolved.items() if name not in ELSEWHERE}
    with PartialState().main_process_first():
        draft = open_draft(flags.out, deciding, restart=flags.restart)
    fold = hold_out(rows, taxonomy, share=flags.validation, seed=flags.seed)
    learnt, held = [rows[i] for i in fold.train], [rows[i] for i in fold.test]
    made = fitting.fit(learnt, held, draft)
    if not PartialState().is_main_process:
        return
    manifest = _measure(fitting, made, held, flags)
    with replacing(flags.out) as folder:
        shutil.copytree(made, folder, dirs_exist_ok=True)
        text = json.dumps(resolved, indent=2, ensure_ascii=False) + "\n"
        (folder / "fit.json").write_text(text, encoding="utf-8")
    shutil.rmtree(draft)
    _report(manifest, flags.out)


def _measure(
    fitting: Fitting, made: Path, held: Sequence[Row], flags: argparse.Namespace
) -> Manifest:
    """Return the manifest of the model in `made` after writing its figures into it."""
    model = fitting.load(made)
    if not held:
        return model.manifest
    rules = [RULE]
    if flags.compare_class in fitting.taxonomy.by_id:
        rules.append(Ladder(fallback=FallbackClass.model_validate({"class": flags.compare_class})))
    metrics = measure(
        classify(model, [row.review for row in held]),
        label_matrix(held, fitting.taxonomy),
        fitting.taxonomy,
        rules,
        how=f"held-out {flags.validation:g} (seed {flags.seed}), identical texts in one part",
    )
    manifest = model.manifest.model_copy(update={"metrics": metrics})
    write_manifest(made, manifest)
    return manifest


def _resolve(
    preset: str, flags: argparse.Namespace, fitting: Fitting, rows: Sequence[Row]
) -> dict[str, Any]:
    """Return the values of all flags, and of what else decides the result."""
    values = {n: _relative(v) if isinstance(v, Path) else v for n, v in vars(flags).items()}
    del values["run"]
    values |= {"base": fitting.ref.model_dump(), "rows": len(rows)}
    values |= {"data_sha256": digest(flags.data), "taxonomy_digest": fitting.taxonomy.digest}
    values["libraries"] = {name: version(name) for name in LIBRARIES}
    return {"command": f"fit {preset}", **values}


def _relative(path: Path) -> str:
    """Return a path without the folders above the current one, which are nobody's business."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def _report(manifest: Manifest, out: Path) -> None:
    for figures in manifest.metrics:
        print(
            f"exact match {figures.exact_match:.3f}, micro-F1 {figures.micro_f1:.3f}, "
            f"macro-F1 {figures.macro_f1:.3f}: {figures.how}"
        )
    print(f"{manifest.name} {manifest.version} is in {out}")
