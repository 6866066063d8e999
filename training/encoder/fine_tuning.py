"""
Fine-tunes the encoder and the heads of all classes on labelled reviews.

The recipe: heads from a regression on the published encoder's features, then a few epochs over all
weights above the embedding table. Seed, rows and recipe determine the result; each epoch has its
own random generator, so an interrupted fit ends with the same weights.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional
from tqdm import tqdm

from training.encoder.examples import EncodedExamples, FineTuningExamples
from training.encoder.torch_encoder import TrainableEncoder, TrainableHeads, padded
from training.loop.rows import GroupedByLength
from worker.classifiers.encoder.forward_pass import SENTENCE_FEATURES, Encoder
from worker.classifiers.encoder.published import load_weights

CHECKPOINT = "encoder.pt"

# Keeps the spread of an almost constant feature above zero.
LEAST_SPREAD = 1e-4

# A class that is never, or always, true gets odds of half an example.
HALF = 0.5


@dataclass(frozen=True, slots=True)
class EncoderRecipe:
    """The settings of a fit; rates are AdamW's, drops are probabilities."""

    epochs: int = 6
    # Fits with other random draws, whose weights are averaged.
    runs: int = 3
    batch: int = 32
    body_rate: float = 3e-4
    head_rate: float = 2e-3
    weight_decay: float = 0.01
    piece_drop: float = 0.1
    dropout: float = 0.2
    warm_up: float = 0.06
    gradient_norm: float = 1.0
    # Penalties of the first regression, on half the squares of the coefficients: of the text for
    # each example, and of the facts.
    text_penalty: float = 0.08
    facts_penalty: float = 0.5
    regression_steps: int = 60


RECIPE = EncoderRecipe()


class _Network(nn.Module):
    def __init__(self, encoder: TrainableEncoder, heads: TrainableHeads) -> None:
        super().__init__()
        self.encoder = encoder
        self.heads = heads

    def forward(self, embedded: Tensor, mask: Tensor, facts: Tensor) -> Tensor:
        pieces, sentences = self.encoder(embedded, mask)
        logits: Tensor = self.heads(pieces, sentences, mask, facts)
        return logits


def fine_tune(
    given: FineTuningExamples,
    *,
    seed: int,
    recipe: EncoderRecipe = RECIPE,
    draft: Path | None = None,
) -> dict[str, NDArray[np.float32]]:
    """
    Return the tensors of the encoder's layers and of the heads, by their names.

    With no epochs the heads are returned as the first regression gives them, and the encoder as
    published. With a folder `draft` each epoch is stored in it, and an interrupted fit continues.
    """
    torch.set_num_threads(1)  # sums over several threads differ in their last digits
    network = _Network(
        TrainableEncoder(load_weights().body, load_weights().epsilon),
        _first_heads(given.labelled, given.words, recipe),
    )
    examples = given.fine_tuned
    steps = -(-len(examples.ids) // recipe.batch)
    optimizer, schedule = _optimizer(network, recipe, steps)
    sampler = GroupedByLength([len(ids) for ids in examples.ids], recipe.batch, seed)
    begin = _resume(draft, network, optimizer, schedule)
    for epoch in range(begin, recipe.epochs):
        torch.manual_seed(seed * 1000 + epoch)
        sampler.set_epoch(epoch)
        _epoch(network, optimizer, schedule, list(sampler), examples, recipe, epoch)
        _keep(draft, network, optimizer, schedule, epoch + 1)
    return network.encoder.body() | network.heads.tensors()


def _epoch(
    network: _Network,
    optimizer: torch.optim.Optimizer,
    schedule: torch.optim.lr_scheduler.LRScheduler,
    order: Sequence[int],
    examples: EncodedExamples,
    recipe: EncoderRecipe,
    epoch: int,
) -> None:
    network.train()
    starts = range(0, len(order), recipe.batch)
    for start in tqdm(starts, desc=f"epoch {epoch + 1}/{recipe.epochs}", leave=False):
        rows = order[start : start + recipe.batch]
        embedded, mask = padded([_masked(examples.ids[row], recipe.piece_drop) for row in rows])
        logits = network(embedded, mask, torch.from_numpy(examples.facts[rows]))
        wanted = torch.from_numpy(examples.targets[rows])
        counts = torch.from_numpy(examples.weights[rows])[:, None]
        loss = functional.binary_cross_entropy_with_logits(
            logits, wanted, weight=counts, reduction="sum"
        )
        optimizer.zero_grad()
        (loss / len(rows)).backward()
        nn.utils.clip_grad_norm_(network.parameters(), recipe.gradient_norm)
        optimizer.step()
        schedule.step()


def _masked(ids: Sequence[int], share: float) -> NDArray[np.float32]:
    """Return the embeddings of a text, some of them zero, but never the first or the last."""
    rows = load_weights().table.rows(np.array(ids, np.int64))
    hidden = torch.rand(len(ids)) < share
    hidden[0] = hidden[-1] = False
    rows[hidden.numpy()] = 0
    return rows


def _first_heads(
    examples: EncodedExamples, words: EncodedExamples, recipe: EncoderRecipe
) -> TrainableHeads:
    """Return heads fitted on the published encoder's features of whole texts."""
    published, both = load_weights(), examples.joined(words)
    encoder = Encoder(published.table, published.body, published.epsilon)
    sentences = torch.from_numpy(encoder.sentences(both.ids))
    assert sentences.shape[1] == SENTENCE_FEATURES
    learnt = sentences[: len(examples.ids)]
    spread = learnt.std(dim=0, correction=0).clamp(min=LEAST_SPREAD)
    facts, targets = torch.from_numpy(both.facts), torch.from_numpy(both.targets)
    heads = TrainableHeads(
        learnt.mean(dim=0), spread, targets.shape[1], facts=facts.shape[1], dropout=recipe.dropout
    )
    heads.eval()
    counts = torch.from_numpy(both.weights)[:, None]
    odds = ((counts * targets).sum(dim=0) + HALF) / (counts.sum() + 1)
    heads.bias.data = torch.logit(odds)
    fitted = [heads.sentence, heads.facts, heads.bias]
    penalty = recipe.text_penalty * float(examples.weights.sum())
    solver = torch.optim.LBFGS(
        fitted, max_iter=recipe.regression_steps, line_search_fn="strong_wolfe"
    )

    def loss() -> Tensor:
        solver.zero_grad()
        logits = heads.linear(sentences, facts)
        found = functional.binary_cross_entropy_with_logits(
            logits, targets, weight=counts, reduction="sum"
        )
        found = found + penalty * heads.sentence.square().sum() / 2
        found = found + recipe.facts_penalty * heads.facts.square().sum() / 2
        found.backward()
        return found

    solver.step(loss)
    return heads


def _optimizer(
    network: _Network, recipe: EncoderRecipe, steps: int
) -> tuple[torch.optim.Optimizer, torch.optim.lr_scheduler.LRScheduler]:
    optimizer = torch.optim.AdamW(
        [
            {"params": list(network.encoder.parameters()), "lr": recipe.body_rate},
            {"params": list(network.heads.parameters()), "lr": recipe.head_rate},
        ],
        weight_decay=recipe.weight_decay,
    )
    total = recipe.epochs * steps
    warm_up = max(1, round(total * recipe.warm_up))

    def rate(step: int) -> float:
        if step < warm_up:
            return (step + 1) / warm_up
        return max(0.0, (total - step) / max(1, total - warm_up))

    return optimizer, torch.optim.lr_scheduler.LambdaLR(optimizer, rate)


def _keep(draft: Path | None, network: nn.Module, optimizer: Any, schedule: Any, done: int) -> None:
    if draft is None:
        return
    state = {
        "network": network.state_dict(),
        "optimizer": optimizer.state_dict(),
        "schedule": schedule.state_dict(),
        "epochs": done,
    }
    fresh = draft / f".{CHECKPOINT}"
    torch.save(state, fresh)
    fresh.replace(draft / CHECKPOINT)


def _resume(draft: Path | None, network: nn.Module, optimizer: Any, schedule: Any) -> int:
    """Load the last complete epoch of `draft`, and return how many epochs are done."""
    if draft is None or not (draft / CHECKPOINT).exists():
        return 0
    state = torch.load(draft / CHECKPOINT, weights_only=True)
    network.load_state_dict(state["network"])
    optimizer.load_state_dict(state["optimizer"])
    schedule.load_state_dict(state["schedule"])
    return int(state["epochs"])
