"""
Small networks of the known architectures with fresh weights, to be pretrained on one's own texts.

A small model takes every step that a large one takes; only the numbers differ.
"""

from dataclasses import dataclass

from transformers import (
    Gemma2Config,
    Gemma2ForCausalLM,
    MistralConfig,
    MistralForCausalLM,
    PreTrainedModel,
    PreTrainedTokenizerFast,
    XLMRobertaConfig,
    XLMRobertaForMaskedLM,
)

from worker.presets import Preset


@dataclass(frozen=True, slots=True)
class Shape:
    """How large a network is; `heads` share `kv_heads` keys and values where they may."""

    hidden: int = 256
    layers: int = 4
    heads: int = 4
    kv_heads: int = 2
    inner: int = 512


def fresh(preset: Preset, shape: Shape, tokenizer: PreTrainedTokenizerFast) -> PreTrainedModel:
    """Return a language model with random weights from torch's own generator."""
    sizes = {
        "vocab_size": len(tokenizer),
        "hidden_size": shape.hidden,
        "num_hidden_layers": shape.layers,
        "num_attention_heads": shape.heads,
        "intermediate_size": shape.inner,
        "pad_token_id": tokenizer.pad_token_id,
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
    }
    wide = {"num_key_value_heads": shape.kv_heads, "head_dim": shape.hidden // shape.heads}
    match preset.architecture:
        case "gemma2":
            scale = shape.hidden // shape.heads
            model = Gemma2ForCausalLM._from_config(
                Gemma2Config(
                    **sizes,
                    **wide,
                    query_pre_attn_scalar=scale,
                    max_position_embeddings=preset.max_tokens,
                    sliding_window=preset.max_tokens,
                ),
                attn_implementation=preset.attention,
            )
        case "mistral":
            model = MistralForCausalLM._from_config(
                MistralConfig(
                    **sizes,
                    **wide,
                    max_position_embeddings=preset.max_tokens,
                    tie_word_embeddings=True,
                ),
                attn_implementation=preset.attention,
            )
        case _:
            model = XLMRobertaForMaskedLM._from_config(
                XLMRobertaConfig(
                    **sizes,
                    # Positions are counted from behind the padding's id.
                    max_position_embeddings=preset.max_tokens + tokenizer.pad_token_id + 1,
                    type_vocab_size=1,
                ),
                attn_implementation=preset.attention,
            )
    return model
