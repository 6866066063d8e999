"""
Small tokenizers of one's own, each framed and spelt as its architecture's real one is.

Byte-pair encoding (Sennrich et al. 2016, arXiv:1508.07909): trained twice on the same texts it
comes out the same, which Unigram does not.
"""

import json
from collections.abc import Sequence

from tokenizers import (
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
    trainers,
)
from transformers import PreTrainedTokenizerFast

# In the order of their ids. Mistral's has no token for padding.
SPECIAL = {
    "gemma2": {"pad_token": "<pad>", "eos_token": "<eos>", "bos_token": "<bos>"},
    "mistral": {"bos_token": "<s>", "eos_token": "</s>"},
    "xlm-roberta": {
        "bos_token": "<s>",
        "pad_token": "<pad>",
        "eos_token": "</s>",
        "mask_token": "<mask>",
    },
}
UNKNOWN = "<unk>"
SPACE = "▁"
BYTES = 256


def smallest(architecture: str) -> int:
    """Return the least number of tokens: the special ones, all bytes, and some that are learnt."""
    return len(SPECIAL[architecture]) + 1 + BYTES + 100


def train_tokenizer(
    architecture: str, texts: Sequence[str], *, size: int
) -> PreTrainedTokenizerFast:
    """Return a tokenizer of at most `size` tokens, of which 256 are single bytes."""
    special = SPECIAL[architecture]
    if architecture == "xlm-roberta":
        bpe = _byte_level(texts, [*special.values(), UNKNOWN], size)
    else:
        bpe = _words(texts, [*special.values(), UNKNOWN], size)
    return PreTrainedTokenizerFast(tokenizer_object=bpe, unk_token=UNKNOWN, **special)


def _words(texts: Sequence[str], special: list[str], size: int) -> Tokenizer:
    """Spaces as ▁ at the beginning of words; letters that were never seen as their bytes."""
    bpe = Tokenizer(models.BPE(unk_token=UNKNOWN))
    bpe.normalizer = normalizers.Replace(" ", SPACE)
    # Pieces end where a word does, or a frequent phrase would be one token.
    bpe.pre_tokenizer = pre_tokenizers.Split(SPACE, "merged_with_next")
    trainer = trainers.BpeTrainer(
        vocab_size=size - BYTES, special_tokens=special, show_progress=False
    )
    bpe.train_from_iterator(texts, trainer)
    parts = json.loads(bpe.to_str())
    vocabulary = parts["model"]["vocab"]
    vocabulary |= {f"<0x{byte:02X}>": len(vocabulary) + byte for byte in range(BYTES)}
    parts["model"]["byte_fallback"] = True
    whole = Tokenizer.from_str(json.dumps(parts))
    whole.decoder = decoders.Sequence(
        [decoders.Replace(SPACE, " "), decoders.ByteFallback(), decoders.Fuse()]
    )
    return whole


def _byte_level(texts: Sequence[str], special: list[str], size: int) -> Tokenizer:
    """Bytes from the start, framed by <s> and </s>."""
    bpe = Tokenizer(models.BPE(unk_token=UNKNOWN))
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        special_tokens=special,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    bpe.train_from_iterator(texts, trainer)
    start, end = (("<s>", special.index("<s>")), ("</s>", special.index("</s>")))
    bpe.post_processor = processors.RobertaProcessing(end, start, add_prefix_space=False)
    return bpe
