"""
Fits a transformer: rows, base, training, metrics, and the servable folder.

The work of the command after its flags are parsed. It needs torch, so the command imports this
module only when it runs.
"""

import shutil
from dataclasses import asdict
from pathlib import Path

import torch
from accelerate import PartialState
from pydantic import SecretStr

from training.dataset.class_examples import warn_of_labels
from training.dataset.leaks import Seen, check_unseen
from training.dataset.training_set import TrainingSet, check_out_of_fold, read_training_set
from training.dataset.validation_split import SplitPart, split_for_fit
from training.errors import BadFlag
from training.evaluation.quality_metrics import as_text
from training.finetuning.fit_request import BaseSource, FitRequest
from training.finetuning.local_base import is_local, name_base
from training.finetuning.measurement import cross_fit, measure_held_out
from training.finetuning.sharding import check_shards
from training.finetuning.single_fit import Fitting, process_placement
from training.finetuning.trainer import check_optimizer
from training.loop.unfinished_fit import open_draft
from training.model_folder.writing import check_replaceable, replacing, write_metadata
from training.results.provenance import LIBRARIES, resolve
from triage.manifest import BaseModelRef, QualityMetrics, read_manifest
from worker.classifiers.hub.download import fetch
from worker.classifiers.language.memory import Hardware
from worker.classifiers.language.presets import Preset

# Libraries that the weights depend on, besides those of all models.
MORE_LIBRARIES = ("torch", "transformers", "peft", "bitsandbytes", "accelerate", "tokenizers")

FINAL = "whole"


def fit(request: FitRequest) -> None:
    """Fit, measure and write; the old model stays until the new one is complete."""
    check_optimizer(request.plan.recipe.optimizer)
    process = _join_processes(request)
    sources, out = request.sources, request.out
    material = read_training_set(sources, request.taxonomy)
    part = split_for_fit(
        material,
        request.taxonomy,
        held_out=sources.held_out,
        share=request.validation,
        seed=request.plan.seed,
    )
    seen = _check_unseen(material, part, allow=request.allow_seen)
    check_replaceable(out)
    fitting = _fitting(request)
    resolved = _resolve(request, fitting, material)
    if process.is_main_process:
        warn_of_labels(part.learnt, request.taxonomy)
    with process.main_process_first():
        # The other processes find the draft of the main process, and do not remove it.
        draft = open_draft(out, resolved, restart=request.restart and process.is_main_process)
    if process.is_main_process:
        print(resolved)
    metrics: tuple[QualityMetrics, ...] = ()
    if part.cross_validates:
        metrics = cross_fit(
            fitting, material, seen, draft, data=sources.data, compare_class=request.compare_class
        )
    made = fitting.fit(part.learnt, part.measured, draft / FINAL)
    if not process.is_main_process:
        return
    if part.measured:
        metrics = measure_held_out(fitting, made, part, seen, compare_class=request.compare_class)
    manifest = read_manifest(made).model_copy(update={"metrics": metrics})
    (made / "fit.json").write_text(resolved + "\n", encoding="utf-8")
    with replacing(out) as folder:
        _fill(folder, made, fitting, draft)
        write_metadata(folder, manifest, part.trained)
    shutil.rmtree(draft)
    print(f"{as_text(manifest.metrics)}{manifest.name} {manifest.version} is in {out}")


def _join_processes(request: FitRequest) -> PartialState:
    """Return this process among all of the fit; BadFlag if they cannot do what is requested."""
    # The first call decides for all: without the flag, processes on CPUs would each fit alone.
    process = PartialState(cpu=not torch.cuda.is_available())
    if request.plan.shards:
        check_shards(adapts=request.plan.lora is not None, processes=process.num_processes)
    return process


def _check_unseen(material: TrainingSet, part: SplitPart, *, allow: bool) -> Seen:
    """Check for leaks before hours are spent on a metric that could not be reported."""
    if part.cross_validates:
        assert material.folds is not None, "cross-validation without folds"
        return check_out_of_fold(material, material.folds, allow=allow)
    texts = [row.review.text for row in part.measured]
    return check_unseen(part.trained, texts, whose="the model", allow=allow)


def _fitting(request: FitRequest) -> Fitting:
    plan = request.plan
    base, ref = _base(plan.preset, request.base)
    hardware = Hardware(device=request.device, weights=request.weights)
    placement = process_placement(base, plan.preset, hardware)
    return Fitting(base, ref, plan, request.taxonomy, hardware, placement, request.name)


def _fill(folder: Path, made: Path, fitting: Fitting, draft: Path) -> None:
    """Copy the files of the result."""
    shutil.copytree(made, folder, dirs_exist_ok=True)
    for path in draft.glob("*.npz"):
        shutil.copy(path, folder)
    if fitting.plan.lora is not None and is_local(fitting.ref):
        # It is on no hub, so the base is stored with the adapter.
        shutil.copytree(fitting.base, folder / "base")


def _base(preset: Preset, source: BaseSource) -> tuple[Path, BaseModelRef]:
    """Return the folder of the base, downloaded if none is given, and its id and revision."""
    token = _token(source.token_file)
    if source.folder is None:
        with PartialState().main_process_first():
            snapshot = fetch(preset.base, preset.revision, token=token)
        return snapshot.folder, BaseModelRef(id=preset.base, revision=snapshot.revision)
    if not source.folder.is_dir():
        raise BadFlag(f"--base {source.folder}: is not a folder")
    ref = name_base(source.folder, base_id=source.id, revision=source.revision)
    return source.folder, ref


def _token(path: Path | None) -> SecretStr | None:
    if path is None:
        return None
    try:
        return SecretStr(path.read_text(encoding="utf-8").strip())
    except (OSError, UnicodeDecodeError) as e:
        raise BadFlag(f"--token-file {path}: cannot be read") from e


def _resolve(request: FitRequest, fitting: Fitting, material: TrainingSet) -> str:
    """Return all values that determine the result, with those from the recipe and the machine."""
    placement, lora = fitting.placement, fitting.plan.lora
    return resolve(
        f"fit {request.plan.preset.name}",
        request.flags,
        files=request.sources.files(),
        libraries=(*LIBRARIES, *MORE_LIBRARIES),
        base=fitting.ref.model_dump(),
        adapter=asdict(lora) if lora is not None else None,
        prompt=fitting.plan.preset.prompts[0],
        compute=str(placement.compute).removeprefix("torch."),
        unpacked=placement.dequantised,
        rows=len(material.rows),
        taxonomy_digest=fitting.taxonomy.digest,
    )
