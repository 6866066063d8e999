"""
A whole fit of a transformer: rows, base, training, figures, and the folder that can be served.

Everything that its command does after reading the flags. Its modules need torch, so the command
imports this one only when it is asked for.
"""

import argparse
import shutil
import warnings
from collections.abc import Sequence
from pathlib import Path

from accelerate import PartialState
from pydantic import SecretStr

from training.dataset import Row, label_matrix, read_rows
from training.draft import open_draft
from training.errors import BadFlag
from training.fitting import RULE, Fitting
from training.local_base import is_local, name_base
from training.model_folder import check_replaceable, replacing
from training.plans import plan_of
from training.resolved import resolve
from training.served_figures import classify, measure
from training.validation_split import hold_out
from triage.cascade import FallbackClass, Ladder
from triage.manifest import BaseModelRef, Manifest, write_manifest
from triage.taxonomy import load_taxonomy
from worker.hub import fetch
from worker.memory import Weights
from worker.model import Options
from worker.presets import PRESETS


def fit(preset: str, flags: argparse.Namespace) -> None:
    """Fit, measure and write; the old model stays until the new one is whole."""
    # Peft and transformers ask each other by names that are about to change.
    warnings.filterwarnings("ignore", category=FutureWarning, module="transformers")
    plan = plan_of(preset, flags)
    taxonomy = load_taxonomy(flags.taxonomy)
    rows = read_rows(flags.data, taxonomy)
    check_replaceable(flags.out)
    base, ref = _base(preset, flags)
    fitting = Fitting(
        base=base,
        ref=ref,
        plan=plan,
        taxonomy=taxonomy,
        options=Options(device=flags.device, weights=Weights(flags.weights)),
        name=flags.name,
    )
    resolved = resolve(
        f"fit {preset}",
        flags,
        files={"data": flags.data},
        base=ref.model_dump(),
        rows=len(rows),
        taxonomy_digest=taxonomy.digest,
    )
    print(resolved)
    with PartialState().main_process_first():
        draft = open_draft(flags.out, resolved, restart=flags.restart)
    fold = hold_out(rows, taxonomy, share=flags.validation, seed=flags.seed)
    learnt, held = [rows[i] for i in fold.train], [rows[i] for i in fold.test]
    made = fitting.fit(learnt, held, draft)
    if not PartialState().is_main_process:
        return
    manifest = _measure(fitting, made, held, flags)
    with replacing(flags.out) as folder:
        shutil.copytree(made, folder, dirs_exist_ok=True)
        if plan.lora is not None and is_local(ref):
            # Nobody could fetch it by its name.
            shutil.copytree(base, folder / "base")
        (folder / "fit.json").write_text(resolved + "\n", encoding="utf-8")
    shutil.rmtree(draft)
    _report(manifest, flags.out)


def _base(preset: str, flags: argparse.Namespace) -> tuple[Path, BaseModelRef]:
    """Return the folder of the base, fetched where none is named, and what it is called."""
    if flags.base is None:
        known = PRESETS[preset]
        with PartialState().main_process_first():
            snapshot = fetch(known.base, known.revision, token=_token(flags.token_file))
        return snapshot.folder, BaseModelRef(id=known.base, revision=snapshot.revision)
    if not flags.base.is_dir():
        raise BadFlag(f"--base {flags.base}: is no folder")
    ref = name_base(flags.base, base_id=flags.base_id, revision=flags.base_revision)
    return flags.base, ref


def _token(path: Path | None) -> SecretStr | None:
    if path is None:
        return None
    try:
        return SecretStr(path.read_text(encoding="utf-8").strip())
    except (OSError, UnicodeDecodeError) as e:
        raise BadFlag(f"--token-file {path}: cannot be read") from e


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


def _report(manifest: Manifest, out: Path) -> None:
    for figures in manifest.metrics:
        print(
            f"exact match {figures.exact_match:.3f}, micro-F1 {figures.micro_f1:.3f}, "
            f"macro-F1 {figures.macro_f1:.3f}: {figures.how}"
        )
    print(f"{manifest.name} {manifest.version} is in {out}")
