"""The request of a fit of a transformer: typed, checked, and importable without torch."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.dataset.training_set import TrainingSetSources
from training.finetuning.recipes import FineTuningPlan
from triage.taxonomy import Taxonomy
from worker.classifiers.language.memory import Device, WeightFormat


@dataclass(frozen=True, slots=True)
class BaseSource:
    """
    Where the base comes from: a local folder, or the preset's repository of the hub if None.

    `id` and `revision` name a local base; without them its folder and its weights do. `token_file`
    holds a token of the hub.
    """

    folder: Path | None
    id: str | None
    revision: str | None
    token_file: Path | None


@dataclass(frozen=True, slots=True)
class FitRequest:
    """
    A fit with its files and its device.

    `validation` is the share of rows that is held out without folds. The metrics are also measured
    with `compare_class` as the class of undecided reviews. `allow_seen` allows metrics on texts
    that the model was trained on. `flags` are saved in fit.json.
    """

    plan: FineTuningPlan
    sources: TrainingSetSources
    taxonomy: Taxonomy
    base: BaseSource
    out: Path
    name: str
    device: Device
    weights: WeightFormat
    validation: float
    compare_class: int
    allow_seen: bool
    restart: bool
    flags: Mapping[str, Any]
