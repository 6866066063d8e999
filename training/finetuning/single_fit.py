"""
Fits one servable model from labelled rows and a base: trains, writes and checks it.

It resumes after a kill from the draft folder: checkpoints of unfinished training, or the complete
model of a finished fit.
"""

import gc
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from accelerate import PartialState
from torch import nn

from training.dataset.review_files import Row, label_matrix
from training.dataset.validation_split import set_aside
from training.finetuning.adapting import save_adapter
from training.finetuning.recipes import FineTuningPlan
from training.finetuning.trainer import Examples, load_trainable, make_trainer
from training.loop.running import CHECKPOINTS, LOSSES, run
from training.prediction.decisions import BEST_GUESS
from triage.manifest import MANIFEST, BaseModelRef
from triage.taxonomy import Taxonomy
from worker.classifiers.errors import BadModel
from worker.classifiers.language.adapter import WEIGHTS
from worker.classifiers.language.adapter_import import Made, describe
from worker.classifiers.language.memory import Hardware
from worker.classifiers.language.model import LanguageModel, load_model, placement_of
from worker.classifiers.language.placement import Placement
from worker.classifiers.language.presets import Preset
from worker.classifiers.language.tokens import ReviewTokens, load_tokens

MODEL = "model"
FULL_WEIGHTS = "model.safetensors"

# A full model is one file, since its manifest has the digest of each file.
SHARD = "50GB"

# Files that a model without a separate base needs besides its weights, if the base has them.
TOKENIZER = (
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "sentencepiece.bpe.model",
)


@dataclass(frozen=True, slots=True)
class Fitting:
    """A base in a folder, its id, and how it is fitted on this machine."""

    base: Path
    ref: BaseModelRef
    plan: FineTuningPlan
    taxonomy: Taxonomy
    hardware: Hardware
    placement: Placement
    name: str

    def fit(self, train: Sequence[Row], validation: Sequence[Row], draft: Path) -> Path:
        """
        Fit a model on `train` and return its folder in `draft`.

        With several processes the folder is complete on the main process only.
        """
        folder = draft / MODEL
        if not (folder / MANIFEST).exists():
            draft.mkdir(parents=True, exist_ok=True)
            self._train(train, validation, draft)
            _release_memory()
            if PartialState().is_main_process:
                shutil.copyfile(draft / LOSSES, folder / LOSSES)
                self._describe(folder)
                for path in folder.iterdir():
                    path.chmod(0o644)  # weights are written readable by their owner only
                shutil.rmtree(draft / CHECKPOINTS, ignore_errors=True)
        return folder

    def load(self, folder: Path) -> LanguageModel:
        """Return the model in `folder` as a worker would serve it."""
        return load_model(folder, self._base_of(folder), self.taxonomy, self.hardware)

    def _train(self, train: Sequence[Row], validation: Sequence[Row], draft: Path) -> None:
        """Train to the end, and write only the weights into the model's folder."""
        preset = self.plan.preset
        if self.plan.recipe.keep_best:
            train, validation = set_aside(train, self.taxonomy, seed=self.plan.seed)
        tokens = load_tokens(
            self.base, preset, prompt=preset.prompts[0], max_tokens=preset.max_tokens
        )
        model = self._load_trainable(tokens)
        trainer = make_trainer(
            model,
            tokens.pad_id,
            self.plan,
            self._examples(train, tokens),
            self._examples(validation, tokens) if validation else None,
            self.placement,
            draft,
        )
        run(trainer, draft)
        if trainer.is_world_process_zero():
            folder = draft / MODEL
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            self._write(trainer.accelerator.unwrap_model(trainer.model), folder)

    def _load_trainable(self, tokens: ReviewTokens) -> nn.Module:
        model = load_trainable(self.base, self.plan, len(self.taxonomy.ids), self.placement)
        known = model.get_input_embeddings().weight.shape[0]
        if tokens.size > known:
            raise BadModel(
                f"{self.base}: its tokenizer knows {tokens.size} tokens, its weights {known}"
            )
        return model

    def _examples(self, rows: Sequence[Row], tokens: ReviewTokens) -> Examples:
        ids = [tokens.ids(row.review) for row in rows]
        return Examples(ids, label_matrix(rows, self.taxonomy))

    def _write(self, model: Any, folder: Path) -> None:
        if self.plan.lora is not None:
            save_adapter(model, folder, self.ref)
            return
        model.save_pretrained(folder, max_shard_size=SHARD)
        for name in TOKENIZER:
            if (self.base / name).exists():
                shutil.copyfile(self.base / name, folder / name)

    def _describe(self, folder: Path) -> None:
        whole = self.plan.lora is None
        made = Made(
            ref=None if whole else self.ref,
            weights=(FULL_WEIGHTS if whole else WEIGHTS,),
            name=self.name,
            rule=BEST_GUESS,
        )
        base = self._base_of(folder)
        describe(folder, base, self.plan.preset, self.taxonomy, made, self.hardware)

    def _base_of(self, folder: Path) -> Path:
        return folder if self.plan.lora is None else self.base


def process_placement(base: Path, preset: Preset, hardware: Hardware) -> Placement:
    """Return the device and dtypes of this process; DoesNotFit if the memory is too small."""
    # Until it exists, all processes would open the first GPU.
    process = PartialState()
    placement = placement_of(base, preset, hardware)
    if placement.device == "cpu":
        return placement
    return replace(placement, device=f"cuda:{process.local_process_index}")


def _release_memory() -> None:
    """Free the memory of a model before the next one is loaded."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
