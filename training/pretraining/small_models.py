"""
Small networks of the known architectures with fresh weights, to be pretrained on one's own texts.

A small model takes every step that a large one takes; only the numbers differ.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from transformers import (
    Gemma2Config,
    Gemma2ForCausalLM,
    MistralConfig,
    MistralForCausalLM,
    PretrainedConfig,
    PreTrainedModel,
    PreTrainedTokenizerBase,
    XLMRobertaConfig,
    XLMRobertaForMaskedLM,
)

from worker.classifiers.language.presets import Preset


@dataclass(frozen=True, slots=True)
class Shape:
    """How large a network is; where an architecture allows, `heads` share `kv_heads` keys."""

    hidden: int = 256
    layers: int = 4
    heads: int = 4
    kv_heads: int = 2
    inner: int = 512


def fresh(preset: Preset, shape: Shape, tokenizer: PreTrainedTokenizerBase) -> PreTrainedModel:
    """Return a language model whose random weights come from torch's own generator."""
    make, network = _KINDS[preset.architecture]
    config = make(_sizes(shape, tokenizer), shape, preset.max_tokens)
    model: PreTrainedModel = network._from_config(config, attn_implementation=preset.attention)
    return model


def _sizes(shape: Shape, tokenizer: PreTrainedTokenizerBase) -> dict[str, Any]:
    return {
        "vocab_size": len(tokenizer),
        "hidden_size": shape.hidden,
        "num_hidden_layers": shape.layers,
        "num_attention_heads": shape.heads,
        "intermediate_size": shape.inner,
        "pad_token_id": tokenizer.pad_token_id,
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
    }


def _gemma(sizes: Mapping[str, Any], shape: Shape, positions: int) -> PretrainedConfig:
    return Gemma2Config(
        **sizes,
        num_key_value_heads=shape.kv_heads,
        head_dim=shape.hidden // shape.heads,
        query_pre_attn_scalar=shape.hidden // shape.heads,
        max_position_embeddings=positions,
        sliding_window=positions,
    )


def _mistral(sizes: Mapping[str, Any], shape: Shape, positions: int) -> PretrainedConfig:
    return MistralConfig(
        **sizes,
        num_key_value_heads=shape.kv_heads,
        head_dim=shape.hidden // shape.heads,
        max_position_embeddings=positions,
        tie_word_embeddings=True,
    )


def _roberta(sizes: Mapping[str, Any], shape: Shape, positions: int) -> PretrainedConfig:
    # Positions are counted from behind the padding's id.
    behind = sizes["pad_token_id"] + 1
    return XLMRobertaConfig(**sizes, max_position_embeddings=positions + behind, type_vocab_size=1)


_KINDS = {
    "gemma2": (_gemma, Gemma2ForCausalLM),
    "mistral": (_mistral, MistralForCausalLM),
    "xlm-roberta": (_roberta, XLMRobertaForMaskedLM),
}
