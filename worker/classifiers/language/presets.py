"""
The known recipes: base, wording, special tokens, and which layers LoRA adapts.

Pure: a table. A manifest names its preset; the actual base, revision and weights are those of the
manifest, so a company's own base uses a preset too. It knows nothing about how a recipe is trained.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum, auto
from types import MappingProxyType

# The kind of all these models, as a manifest names it.
KIND = "transformer"

GB = 10**9

# The usable part of a gigabyte in a GPU's name: error correction and the driver take some. Cards of
# "24 GB" show 22.0 GiB (L4, A10G) to 24.0 GiB, those of "10 GB" 9.5 GiB (a slice of an H100) to 10.
CARD_GB = round(0.915 * 2**30)


class Pooling(StrEnum):
    """Which position of a row the classes are read from."""

    LAST = auto()  # the last one that is not padding: causal models
    FIRST = auto()  # <s>: bidirectional models


@dataclass(frozen=True, slots=True)
class Tokens:
    """
    The special tokens that frame a review, and whether the tokenizer adds them.

    A recipe with `own` framing uses the tokenizer's default; its class has no such switches.
    """

    bos: bool = True
    eos: bool = True
    own: bool = False


@dataclass(frozen=True, slots=True)
class Lora:
    """
    The layers that a recipe's adapter changes (Hu et al. 2021, arXiv:2106.09685).

    `layers` are the adapted ones, None meaning all of them.
    """

    rank: int
    alpha: int
    dropout: float
    modules: tuple[str, ...]
    layers: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class Preset:
    """
    One recipe. `architecture` is the base's model type as its configuration names it; `revision`
    is the base's commit, None if the first download pins it. The first of `prompts` is what the
    weights were trained on, the others may be compared with it.

    `gpu_bytes` is the least GPU memory for which `WORKER_MODEL=auto` chooses the recipe, None if
    `auto` never chooses it; `nf4_bytes` are its base's weights in 4 bits. `steady_in_fp16`
    is whether a GPU without bfloat16 may serve it.
    """

    name: str
    architecture: str
    base: str
    revision: str | None
    prompts: tuple[str, ...]
    tokens: Tokens
    pooling: Pooling
    attention: str
    quantised: bool
    lora: Lora | None
    adapter: str | None = None
    gpu_bytes: int | None = None
    nf4_bytes: int | None = None
    steady_in_fp16: bool = True
    max_tokens: int = 512


# Softcapping is lost in the fused kernel ("sdpa"), so Gemma-2 needs the plain one.
_GEMMA_LAYERS = tuple(range(16, 42))
_ATTENTION_PROJECTIONS = ("q_proj", "k_proj", "v_proj", "o_proj")

PRESETS: Mapping[str, Preset] = MappingProxyType(
    {
        preset.name: preset
        for preset in (
            Preset(
                name="gemma-2-27b",
                architecture="gemma2",
                base="unsloth/gemma-2-27b-it-bnb-4bit",
                revision=None,
                prompts=("assessment-v1", "competition-v1"),
                tokens=Tokens(bos=True, eos=True),
                pooling=Pooling.LAST,
                attention="eager",
                quantised=True,
                # The last four of its 46 layers have no adapter: so was the published one trained.
                lora=Lora(
                    rank=16,
                    alpha=16,
                    dropout=0.0,
                    modules=(*_ATTENTION_PROJECTIONS, "gate_proj", "up_proj", "down_proj"),
                    layers=_GEMMA_LAYERS,
                ),
                adapter="TheStrangerOne/gemma-2-27b-it-bnb-4bit-lora-multilabel",
                gpu_bytes=24 * CARD_GB,
                nf4_bytes=round(15.8 * GB),
                # Published as erratic in float16: values of its residual stream leave the range.
                # Its adapter's author served it so; the answers were not compared.
                steady_in_fp16=False,
            ),
            Preset(
                name="gemma-2-9b",
                architecture="gemma2",
                base="unsloth/gemma-2-9b-it-bnb-4bit",
                revision=None,
                prompts=("assessment-v1", "competition-v1"),
                tokens=Tokens(bos=True, eos=True),
                pooling=Pooling.LAST,
                attention="eager",
                quantised=True,
                lora=Lora(
                    rank=16,
                    alpha=32,
                    dropout=0.05,
                    modules=("q_proj", "k_proj", "v_proj"),
                    layers=_GEMMA_LAYERS,
                ),
                adapter="TheStrangerOne/gemma-2-9b-it-bnb-4bit-lora-multilabel",
                gpu_bytes=10 * CARD_GB,
                nf4_bytes=round(6.13 * GB),
            ),
            Preset(
                name="mistral-7b",
                architecture="mistral",
                base="mistralai/Mistral-7B-v0.1",
                revision="26bca36bde8333b5d7f72e9ed20ccda6a618af24",
                prompts=("raw-tags-v1",),
                tokens=Tokens(bos=True, eos=False),
                pooling=Pooling.LAST,
                attention="sdpa",
                quantised=True,
                lora=Lora(rank=16, alpha=8, dropout=0.05, modules=_ATTENTION_PROJECTIONS),
            ),
            Preset(
                name="xlm-roberta",
                architecture="xlm-roberta",
                base="FacebookAI/xlm-roberta-base",
                revision="e73636d4f797dec63c3081bb6ed5c7b0bb3f2089",
                prompts=("raw-tags-lower-v1",),
                tokens=Tokens(own=True),
                pooling=Pooling.FIRST,
                attention="sdpa",
                quantised=False,
                lora=None,
            ),
        )
    }
)
