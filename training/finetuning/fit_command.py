"""
A whole fit of a transformer: rows, base, training, figures, and the folder that can be served.

Everything that its command does after reading the flags. Its modules need torch, so the command
imports this one only when it is asked for.
"""

import argparse
import shutil
from dataclasses import asdict
from pathlib import Path

from accelerate import PartialState
from pydantic import SecretStr

from training.dataset.leaks import Seen, check_unseen
from training.dataset.training_set import TrainingSet, check_out_of_fold, files, gather
from training.dataset.validation_split import SplitPart, final_part
from training.errors import BadFlag
from training.evaluation.quality_metrics import words
from training.finetuning.local_base import is_local, name_base
from training.finetuning.measurement import cross_fit, measure_held_out
from training.finetuning.plan_from_flags import plan_of
from training.finetuning.single_fit import Fitting, place_here
from training.finetuning.trainer import FineTuningPlan
from training.loop.unfinished_fit import open_draft
from training.model_folder.writing import check_replaceable, replacing, stamp
from training.results.provenance import LIBRARIES, resolve
from triage.manifest import BaseModelRef, read_manifest
from triage.taxonomy import Taxonomy, load_taxonomy
from worker.classifiers.hub.download import fetch
from worker.classifiers.language.memory import Hardware, WeightFormat
from worker.classifiers.language.presets import Preset

# What the fitted numbers depend on besides those of all models.
MORE_LIBRARIES = ("torch", "transformers", "peft", "bitsandbytes", "accelerate", "tokenizers")

WHOLE = "whole"


def fit(preset: str, flags: argparse.Namespace) -> None:
    """Fit, measure and write; the old model stays until the new one is whole."""
    taxonomy = load_taxonomy(flags.taxonomy)
    plan = plan_of(preset, flags, taxonomy)
    material = gather(flags, taxonomy)
    part = final_part(
        material, taxonomy, held_out=flags.held_out, share=flags.validation, seed=flags.seed
    )
    seen = _check_unseen(material, part, allow=flags.seen)
    check_replaceable(flags.out)
    fitting = _fitting(flags, plan, taxonomy)
    resolved = _resolve(preset, flags, fitting, material)
    process = PartialState()
    with process.main_process_first():
        # The others find what the first one made; nobody throws that away again.
        draft = open_draft(flags.out, resolved, restart=flags.restart and process.is_main_process)
    if process.is_main_process:
        print(resolved)
    metrics = cross_fit(fitting, material, seen, draft, flags) if part.crosses else ()
    made = fitting.fit(part.learnt, part.measured, draft / WHOLE)
    if not process.is_main_process:
        return
    if part.measured:
        metrics = measure_held_out(fitting, made, part, seen, flags)
    manifest = read_manifest(made).model_copy(update={"metrics": metrics})
    (made / "fit.json").write_text(resolved + "\n", encoding="utf-8")
    with replacing(flags.out) as folder:
        _fill(folder, made, fitting, draft)
        stamp(folder, manifest, part.trained)
    shutil.rmtree(draft)
    print(f"{words(manifest.metrics)}{manifest.name} {manifest.version} is in {flags.out}")


def _check_unseen(material: TrainingSet, part: SplitPart, *, allow: bool) -> Seen:
    """Ask the guard against leaks before hours are spent on a figure that it would not let pass."""
    if part.crosses:
        assert material.folds is not None, "crosses without folds"
        return check_out_of_fold(material, material.folds, allow=allow)
    texts = [row.review.text for row in part.measured]
    return check_unseen(part.trained, texts, whose="the model", allow=allow)


def _fitting(flags: argparse.Namespace, plan: FineTuningPlan, taxonomy: Taxonomy) -> Fitting:
    base, ref = _base(plan.preset, flags)
    hardware = Hardware(device=flags.device, weights=WeightFormat(flags.weights))
    placement = place_here(base, plan.preset, hardware)
    return Fitting(base, ref, plan, taxonomy, hardware, placement, flags.name)


def _fill(folder: Path, made: Path, fitting: Fitting, draft: Path) -> None:
    """Copy into the result what is to lie there."""
    shutil.copytree(made, folder, dirs_exist_ok=True)
    for path in draft.glob("*.npz"):
        shutil.copy(path, folder)
    if fitting.plan.lora is not None and is_local(fitting.ref):
        # Nobody could fetch it by its name.
        shutil.copytree(fitting.base, folder / "base")


def _base(preset: Preset, flags: argparse.Namespace) -> tuple[Path, BaseModelRef]:
    """Return the folder of the base, fetched where none is named, and what it is called."""
    token = _token(flags.token_file)
    if flags.base is None:
        with PartialState().main_process_first():
            snapshot = fetch(preset.base, preset.revision, token=token)
        return snapshot.folder, BaseModelRef(id=preset.base, revision=snapshot.revision)
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


def _resolve(
    preset: str, flags: argparse.Namespace, fitting: Fitting, material: TrainingSet
) -> str:
    """Return what decides the result, with what flags left to the recipe and to the machine."""
    placement, lora = fitting.placement, fitting.plan.lora
    return resolve(
        f"fit {preset}",
        flags,
        files=files(flags),
        libraries=(*LIBRARIES, *MORE_LIBRARIES),
        base=fitting.ref.model_dump(),
        adapter=asdict(lora) if lora is not None else None,
        prompt=fitting.plan.preset.prompts[0],
        compute=str(placement.compute).removeprefix("torch."),
        unpacked=placement.dequantised,
        rows=len(material.rows),
        taxonomy_digest=fitting.taxonomy.digest,
    )
