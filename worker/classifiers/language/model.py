"""
The language models: a 4-bit base with a LoRA adapter, or a fine-tuned one, behind `Classifier`.

Loading ends with a self-check: a stored review must give the stored token ids and logits, or the
model is refused.
"""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import expit

from triage.errors import BadManifest, ManifestMismatch
from triage.manifest import (
    MANIFEST,
    Manifest,
    SelfCheck,
    check_manifest,
    check_weights,
    read_manifest,
)
from triage.prompt import check_template, is_template
from triage.review import ReviewInput
from triage.taxonomy import Taxonomy
from worker.classifiers.errors import BadModel, DoesNotFit, GpuFailed
from worker.classifiers.language.adapter import read_adapter
from worker.classifiers.language.memory import DEFAULT_HARDWARE, Hardware
from worker.classifiers.language.network import is_packed, load_network
from worker.classifiers.language.placement import (
    Placement,
    choose_placement,
    first_line,
    look_at_gpu,
)
from worker.classifiers.language.presets import KIND, PRESETS, Preset
from worker.classifiers.language.tokens import ReviewTokens, load_tokens
from worker.classifiers.protocol import SELF_TEST, Probabilities

logger = logging.getLogger(__name__)

# About sixteen batches of 4,096 tokens: a twentieth of them is then padding, a quarter with 128.
LOOK_AHEAD = 1024

# The worker's default token budget of a batch.
WARM_UP_TOKENS = 4096

# Logits of one review may differ between machines and between batches: in float32 only by rounding,
# in 16 bits by about a hundredth of their size. Another base, tokenizer or adapter changes them by
# whole units.
TOLERANCE = {torch.float32: 0.01, torch.bfloat16: 0.35, torch.float16: 0.35}


class Logits(Protocol):
    """A network: a logit for each row of token ids and each class."""

    def logits(self, rows: Sequence[Sequence[int]], pad_id: int) -> NDArray[np.float32]:
        """Return rows x classes; raises torch.OutOfMemoryError."""
        ...


class LanguageModel:
    """A loaded and checked language model; implements worker.classifiers.protocol.Classifier."""

    def __init__(self, manifest: Manifest, tokens: ReviewTokens, network: Logits) -> None:
        self._manifest = manifest
        self._tokens = tokens
        self._network = network
        self._largest: int | None = None  # padded tokens of the largest batch that may be tried

    @property
    def manifest(self) -> Manifest:
        """The manifest of the model."""
        return self._manifest

    @property
    def look_ahead(self) -> int:
        """The number of jobs to hold, so that jobs of about one length run together."""
        return LOOK_AHEAD

    def cost(self, review: ReviewInput) -> int:
        """Return the number of the review's tokens, which are cached for `classify`."""
        return len(self._tokens.ids(review))

    def classify(self, reviews: Sequence[ReviewInput]) -> Probabilities:
        """
        Return a probability for each review and class; NaN if the network gave none.

        Raises GpuFailed if CUDA fails, or has no memory left for a single review: another process
        took it since the model was loaded, and a restarted worker takes a model that fits.
        """
        try:
            return expit(self._logits([self._tokens.ids(review) for review in reviews]))
        except torch.OutOfMemoryError as e:
            raise GpuFailed(
                f"no memory is left on the GPU to read one review ({first_line(e)}); stop other "
                "programs on it"
            ) from e

    def warm_up(self) -> None:
        """Run a full batch: a GPU loads its kernels, and allocates its memory, at the first one."""
        ids = self._tokens.ids(SELF_TEST)
        self._logits([ids] * max(1, WARM_UP_TOKENS // len(ids)))

    def _logits(self, rows: Sequence[tuple[int, ...]]) -> NDArray[np.float32]:
        """Return the logits of `rows`, in halves if they do not fit into the memory."""
        padded = len(rows) * max(map(len, rows))
        too_large = self._largest is not None and padded > self._largest
        if len(rows) == 1 or not too_large:
            try:
                return self._network.logits(rows, self._tokens.pad_id)
            except torch.OutOfMemoryError:
                if len(rows) == 1:
                    raise
            torch.cuda.empty_cache()
            self._largest = padded // 2
            logger.warning("out of memory at %d padded tokens: batches are halved", padded)
        middle = len(rows) // 2
        return np.concatenate([self._logits(rows[:middle]), self._logits(rows[middle:])])


@dataclass(frozen=True, slots=True)
class ModelParts:
    """A model without its manifest: the recipe, the tokenizer, the network and its arithmetic."""

    preset: Preset
    tokens: ReviewTokens
    network: Logits
    placement: Placement

    def self_check(self) -> SelfCheck:
        """
        Return the parts' result for the stored review.

        Raises DoesNotFit, BadModel or GpuFailed if they do not run on this machine.
        """
        ids = self.tokens.ids(SELF_TEST)
        with _first_run(self.preset.name):
            logits = self.network.logits([ids], self.tokens.pad_id)[0]
        if not np.isfinite(logits).all():
            raise BadModel(
                f"{self.preset.name}: its logits are not finite in "
                f"{str(self.placement.compute).removeprefix('torch.')}; damaged weights, or a "
                "number format of this GPU that does not suit the model"
            )
        return SelfCheck(token_ids=ids, logits=tuple(logits.tolist()))

    def serve(self, manifest: Manifest) -> LanguageModel:
        """
        Return the model of these parts and their manifest; on a GPU it has run a full batch.

        Raises DoesNotFit, BadModel or GpuFailed if the batch does not run.
        """
        model = LanguageModel(manifest, self.tokens, self.network)
        if self.placement.device != "cpu":
            with _first_run(manifest.name):
                model.warm_up()
        return model


@contextmanager
def _first_run(name: str) -> Iterator[None]:
    """Raise DoesNotFit or BadModel for the libraries' errors at a network's first runs."""
    try:
        yield
    except torch.OutOfMemoryError as e:
        raise DoesNotFit(
            f"{name}: no memory is left to read one review ({first_line(e)}); take a smaller model "
            "or stop other programs on the GPU"
        ) from e
    except RuntimeError as e:
        raise BadModel(f"{name}: cannot be run here: {first_line(e)}") from e


def placement_of(base: Path, preset: Preset, hardware: Hardware) -> Placement:
    """Return where a base runs on this machine and in which types; DoesNotFit if it cannot."""
    gpu = look_at_gpu(hardware.device)
    return choose_placement(base, preset, gpu, hardware, packed=is_packed(base))


def assemble(
    base: Path,
    preset: Preset,
    classes: int,
    *,
    adapter: Path | None = None,
    prompt: str | None = None,
    max_tokens: int | None = None,
    hardware: Hardware = DEFAULT_HARDWARE,
) -> ModelParts:
    """
    Return the parts of a model on this machine: a base's folder and, for LoRA, an adapter's.

    Wording and length are the recipe's if none are given. Raises BadModel if the files do not
    fit each other or the recipe, DoesNotFit if the machine is too small.
    """
    found = None if adapter is None else read_adapter(adapter, classes=classes)
    tokens = load_tokens(
        base,
        preset,
        prompt=prompt or preset.prompts[0],
        max_tokens=max_tokens or preset.max_tokens,
    )
    placement = placement_of(base, preset, hardware)
    network = load_network(base, preset, found, classes, placement)
    if tokens.size > network.vocabulary:
        raise BadModel(
            f"{base}: its tokenizer knows {tokens.size} tokens, its weights {network.vocabulary}"
        )
    return ModelParts(preset, tokens, network, placement)


def load_model(
    folder: Path, base: Path, taxonomy: Taxonomy, hardware: Hardware = DEFAULT_HARDWARE
) -> LanguageModel:
    """
    Return the model in `folder`, read and checked; `base` is the folder of its base.

    Raises ManifestMismatch if it was made for other classes or another wording, BadManifest
    if the files have other digests or give another result for the stored review, and
    what `assemble` raises.
    """
    manifest = read_manifest(folder)
    preset = preset_of(folder, manifest)
    known = manifest.prompt in preset.prompts
    if is_template(manifest.prompt):
        check_template(manifest.prompt)
        known = True
    prompt = manifest.prompt if known else " or ".join(preset.prompts)
    check_manifest(manifest, kind=KIND, prompt=prompt, taxonomy=taxonomy)
    check_weights(folder, manifest)
    parts = assemble(
        base,
        preset,
        len(taxonomy.ids),
        adapter=folder if manifest.base is not None else None,
        prompt=manifest.prompt,
        max_tokens=manifest.max_tokens,
        hardware=hardware,
    )
    _compare(folder, manifest, parts)
    return parts.serve(manifest)


def preset_of(folder: Path, manifest: Manifest) -> Preset:
    """Return the recipe that a manifest names; BadManifest if there is none of that name."""
    preset = PRESETS.get(manifest.preset or "")
    if preset is None:
        raise BadManifest(
            f"{folder / MANIFEST}: preset is {manifest.preset!r}, this installation knows "
            f"{', '.join(PRESETS)}"
        )
    return preset


def _compare(folder: Path, manifest: Manifest, parts: ModelParts) -> None:
    """Raise if the stored review no longer gives the stored ids and logits."""
    stored = manifest.self_check
    if stored is None:
        raise BadManifest(f"{folder / MANIFEST}: names no self_check; import the model again")
    found = parts.self_check()
    if found.token_ids != stored.token_ids:
        raise ManifestMismatch(
            f"model {manifest.name} {manifest.version}: its self-check has the token ids "
            f"{stored.token_ids}, this base's tokenizer gives {found.token_ids}"
        )
    pairs = zip(found.logits, stored.logits, manifest.labels, strict=True)
    worst, here, there, label = max((abs(a - b), a, b, label) for a, b, label in pairs)
    if not worst <= TOLERANCE[parts.placement.compute]:
        raise ManifestMismatch(
            f"model {manifest.name} {manifest.version}: the logit of class {label} of its "
            f"self-check is {there:.3f}, here it is {here:.3f}; another base, or damaged weights"
        )
