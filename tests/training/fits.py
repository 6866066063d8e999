"""Fits of tiny bases, from the command line and piece by piece."""

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch
from torch import nn

from training.__main__ import main
from training.dataset.review_files import label_matrix, read_rows
from training.finetuning.recipes import RECIPES, FineTuningPlan, lora_config
from training.finetuning.trainer import (
    ClassifierTrainer,
    Examples,
    load_trainable,
    make_trainer,
)
from triage.taxonomy import load_taxonomy
from worker.classifiers.language.placement import Placement
from worker.classifiers.language.presets import PRESETS
from worker.classifiers.language.tokens import load_tokens

CPU = Placement("cpu", torch.float32)

# One epoch of a recipe's own plan, measured on a quarter of the rows.
QUICK = ("--epochs=1", "--validation=0.25")


def arguments(preset: str, base: Path, data: Path, out: Path, *more: str) -> list[str]:
    """Return the command line of a quick fit, on layers that a tiny base has."""
    layers = () if preset == "xlm-roberta" else ("--layers=all",)
    files = (f"--base={base}", f"--data={data}", f"--out={out}")
    return ["fit", preset, *files, *QUICK, *layers, *more]


def fit(preset: str, base: Path, data: Path, out: Path, *more: str) -> int:
    """Run the command in this process and return its exit code."""
    return main(arguments(preset, base, data, out, *more))


def start_fit(command: Sequence[str]) -> "subprocess.Popen[bytes]":
    """Start the command in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "training", *command],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )


def plan(preset: str = "gemma-2-9b", **changes: object) -> FineTuningPlan:
    """Return a recipe's plan for all layers, without dropout, its hyper-parameters changed."""
    recipe = replace(RECIPES[preset], optimizer="adamw_torch", **changes)  # type: ignore[arg-type]
    return FineTuningPlan(PRESETS[preset], recipe, lora_config(preset, layers="all", dropout=0.0))


def trainer_of(
    base: Path, data: Path, draft: Path, plan: FineTuningPlan, *, validates: bool = False
) -> tuple[nn.Module, ClassifierTrainer]:
    """Return a tiny base, trainable, and what trains it on all rows of the file."""
    taxonomy = load_taxonomy()
    preset = plan.preset
    rows = read_rows(data, taxonomy)
    tokens = load_tokens(base, preset, prompt=preset.prompts[0], max_tokens=preset.max_tokens)
    examples = Examples([tokens.ids(row.review) for row in rows], label_matrix(rows, taxonomy))
    model = load_trainable(base, plan, len(taxonomy.ids), CPU)
    held = examples if validates else None
    return model, make_trainer(model, tokens.pad_id, plan, examples, held, CPU, draft)
