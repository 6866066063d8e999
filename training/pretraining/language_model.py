"""
Pretrains a small language model on the reviews themselves, labels or none.

A causal model learns the next token, a bidirectional one the tokens that were masked (15 %, Devlin
et al. 2018, arXiv:1810.04805). Each review is rendered in the recipe's own wording, so that
fine-tuning goes on with what pretraining has seen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import PreTrainedTokenizerBase, TrainingArguments, set_seed

from training.loop.rows import Rows, inputs, mask, padded
from training.loop.running import CHECKPOINTS, ResumableTrainer, run
from training.pretraining.small_models import Shape, fresh
from training.pretraining.vocabulary import train_tokenizer
from triage.prompt import render
from triage.review import ReviewInput
from worker.classifiers.language.presets import Pooling, Preset
from worker.classifiers.language.tokens import load_tokens

IGNORED = -100  # what the loss leaves out
MASKED = 0.15


@dataclass(frozen=True, slots=True)
class Pretraining:
    """How a language model is trained; `warmup` is a share of all steps."""

    epochs: int = 8
    batch: int = 16
    learning_rate: float = 2e-3
    weight_decay: float = 0.01
    warmup: float = 0.05
    seed: int = 42
    vocabulary: int = 8192
    save_steps: int = 500


def pretrain(
    folder: Path,
    draft: Path,
    reviews: Sequence[ReviewInput],
    preset: Preset,
    shape: Shape,
    plan: Pretraining,
) -> None:
    """Write a base of `preset`'s architecture into `folder`; checkpoints go into `draft`."""
    texts = [render(preset.prompts[0], review) for review in reviews]
    tokenizer = train_tokenizer(preset.architecture, texts, size=plan.vocabulary)
    tokenizer.save_pretrained(folder)
    tokens = load_tokens(folder, preset, prompt=preset.prompts[0], max_tokens=preset.max_tokens)
    set_seed(plan.seed)
    model = fresh(preset, shape, tokenizer)
    collator: Any = CausalBatches(tokens.pad_id)
    if preset.pooling is Pooling.FIRST:
        collator = MaskedBatches(tokenizer, plan.seed)
    trainer = ResumableTrainer(
        model,
        _arguments(draft, plan),
        data_collator=collator,
        train_dataset=Rows([tokens.ids(review) for review in reviews]),
    )
    run(trainer, draft)
    if trainer.is_world_process_zero():
        model.save_pretrained(folder)


def _arguments(draft: Path, plan: Pretraining) -> TrainingArguments:
    return TrainingArguments(
        output_dir=str(draft / CHECKPOINTS),
        num_train_epochs=plan.epochs,
        per_device_train_batch_size=plan.batch,
        learning_rate=plan.learning_rate,
        weight_decay=plan.weight_decay,
        warmup_steps=plan.warmup,
        lr_scheduler_type="cosine",
        optim="adamw_torch",
        train_sampling_strategy="group_by_length",
        seed=plan.seed,
        data_seed=plan.seed,
        logging_steps=50,
        save_steps=plan.save_steps,
        save_total_limit=2,
        report_to="none",
        remove_unused_columns=False,
        dataloader_pin_memory=torch.cuda.is_available(),
    )


class CausalBatches:
    """Makes batches in which each token is to be told from those before it."""

    def __init__(self, pad_id: int) -> None:
        self._pad_id = pad_id

    def __call__(self, rows: Sequence[Mapping[str, Any]]) -> dict[str, torch.Tensor]:
        """Return ids, mask and labels."""
        labels = padded([row["input_ids"] for row in rows], IGNORED)
        return {**inputs(rows, self._pad_id), "labels": labels}


class MaskedBatches:
    """
    Makes batches in which masked tokens are to be told from all others.

    What is masked depends on the seed and on the rows that come together, so that it differs
    between epochs and not between a run and its resumption.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerBase, seed: int) -> None:
        self._tokenizer = tokenizer
        self._seed = seed

    def __call__(self, rows: Sequence[Mapping[str, Any]]) -> dict[str, torch.Tensor]:
        """Return ids, mask and labels; of 10 chosen tokens 8 are masked, 1 swapped, 1 kept."""
        ids = [row["input_ids"] for row in rows]
        whole, attended = padded(ids, self._tokenizer.pad_token_id), mask(ids)
        random = torch.Generator().manual_seed(self._drawn(rows))
        lottery = torch.rand(whole.shape, generator=random)
        other = torch.randint(len(self._tokenizer), whole.shape, generator=random)
        frame = (whole == self._tokenizer.bos_token_id) | (whole == self._tokenizer.eos_token_id)
        chosen = (lottery < MASKED) & ~frame & attended.bool()
        shown = torch.where(chosen & (lottery < MASKED * 0.9), other, whole)
        shown[chosen & (lottery < MASKED * 0.8)] = self._tokenizer.mask_token_id
        labels = torch.where(chosen, whole, torch.full_like(whole, IGNORED))
        return {"input_ids": shown, "attention_mask": attended, "labels": labels}

    def _drawn(self, rows: Sequence[Mapping[str, Any]]) -> int:
        return hash((self._seed, *(row["position"] for row in rows))) & 0x7FFF_FFFF
