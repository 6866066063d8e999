"""
From labelled rows and a base to a model that can be served: trains, writes, checks, measures.

What it leaves in a draft's folder it finds again after a kill: checkpoints of a part that was being
trained, and the whole model of a part that was done.
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
from training.finetuning.adapting import save_adapter
from training.finetuning.trainer import Examples, FineTuningPlan, load_trainable, make_trainer
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
WHOLE = "model.safetensors"

# A whole model lies in one file, since its manifest names each file's digest.
SHARD = "50GB"

# What a model that is its own base needs besides its weights, as far as the base has it.
TOKENIZER = (
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "sentencepiece.bpe.model",
)


@dataclass(frozen=True, slots=True)
class Fitting:
    """A base in a folder, what it is called, and how it is fitted on this machine."""

    base: Path
    ref: BaseModelRef
    plan: FineTuningPlan
    taxonomy: Taxonomy
    hardware: Hardware
    placement: Placement
    name: str

    def fit(self, train: Sequence[Row], validation: Sequence[Row], draft: Path) -> Path:
        """
        Return the folder, in `draft`, of a model that learnt from `train`.

        On several processes only the first one's folder is whole.
        """
        folder = draft / MODEL
        if not (folder / MANIFEST).exists():
            draft.mkdir(parents=True, exist_ok=True)
            self._train(train, validation, draft)
            _free()
            if PartialState().is_main_process:
                shutil.copyfile(draft / LOSSES, folder / LOSSES)
                self._describe(folder)
                for path in folder.iterdir():
                    path.chmod(0o644)  # weights are written for their owner alone
                shutil.rmtree(draft / CHECKPOINTS, ignore_errors=True)
        return folder

    def load(self, folder: Path) -> LanguageModel:
        """Return the model in `folder` as a worker would serve it."""
        return load_model(folder, self._base_of(folder), self.taxonomy, self.hardware)

    def _train(self, train: Sequence[Row], validation: Sequence[Row], draft: Path) -> None:
        """Train to the end, and write the weights alone into the model's folder."""
        preset = self.plan.preset
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
        # Where processes share one model, all of them must bring their parts.
        state = (
            trainer.accelerator.get_state_dict(trainer.model) if trainer.is_fsdp_enabled else None
        )
        if trainer.is_world_process_zero():
            folder = draft / MODEL
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            self._write(trainer.accelerator.unwrap_model(trainer.model), folder, state)

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

    def _write(self, model: Any, folder: Path, state: dict[str, Any] | None) -> None:
        if self.plan.lora is not None:
            save_adapter(model, folder, self.ref, state)
            return
        model.save_pretrained(folder, max_shard_size=SHARD, state_dict=state)
        for name in TOKENIZER:
            if (self.base / name).exists():
                shutil.copyfile(self.base / name, folder / name)

    def _describe(self, folder: Path) -> None:
        whole = self.plan.lora is None
        made = Made(
            ref=None if whole else self.ref,
            weights=(WHOLE if whole else WEIGHTS,),
            name=self.name,
            rule=BEST_GUESS,
        )
        base = self._base_of(folder)
        describe(folder, base, self.plan.preset, self.taxonomy, made, self.hardware)

    def _base_of(self, folder: Path) -> Path:
        return folder if self.plan.lora is None else self.base


def place_here(base: Path, preset: Preset, hardware: Hardware) -> Placement:
    """Return where this process trains and in which types; DoesNotFit where it cannot."""
    placement = placement_of(base, preset, hardware)
    if placement.device == "cpu":
        return placement
    return replace(placement, device=f"cuda:{PartialState().local_process_index}")


def _free() -> None:
    """Give back what a model held, before another is loaded."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
