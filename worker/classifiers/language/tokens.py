"""
Turns reviews into token ids: the tokenizer of a base, framed as its recipe was trained.

BOS and EOS come from the tokenizer's post-processor, never from the text; a special token
that a customer types stays plain text.
"""

from functools import lru_cache
from pathlib import Path

from transformers import AutoTokenizer, PreTrainedTokenizerBase

from triage.prompt import render
from triage.review import ReviewInput
from worker.classifiers.errors import BadModel
from worker.classifiers.language.presets import Preset, Tokens

# Reviews whose ids are cached between counting their cost and running them.
CACHED_REVIEWS = 4096

# A customer's text that contains the special tokens of all known bases.
TYPED = "<s></s><pad><eos><bos><unk><mask>"


class ReviewTokens:
    """Turns reviews into token ids and caches the last ones."""

    def __init__(self, tokenizer: PreTrainedTokenizerBase, *, prompt: str, max_tokens: int) -> None:
        self._tokenizer = tokenizer
        self._prompt = prompt
        self._max_tokens = max_tokens
        self._cached_ids = lru_cache(CACHED_REVIEWS)(self._encode)

    @property
    def pad_id(self) -> int:
        """The id that pads rows; the network ignores it."""
        tokenizer = self._tokenizer
        pad = tokenizer.pad_token_id
        found = pad if pad is not None else tokenizer.eos_token_id
        assert found is not None, "a tokenizer without a padding token has an end token"
        return int(found)

    @property
    def size(self) -> int:
        """The size of the vocabulary, added tokens included."""
        return len(self._tokenizer)

    def ids(self, review: ReviewInput) -> tuple[int, ...]:
        """Return the framed ids of one review, at most `max_tokens`; the frame's end is kept."""
        return self._cached_ids(review)

    def _encode(self, review: ReviewInput) -> tuple[int, ...]:
        return self.encode(render(self._prompt, review))

    def encode(self, text: str) -> tuple[int, ...]:
        """Return the ids of a rendered text."""
        encoded = self._tokenizer(text, truncation=True, max_length=self._max_tokens)
        return tuple(encoded["input_ids"])


def load_tokens(folder: Path, preset: Preset, *, prompt: str, max_tokens: int) -> ReviewTokens:
    """Return the tokenizer in `folder`; BadModel if it does not frame as `preset` asks."""
    tokenizer = _load(folder, preset.tokens)
    _check_frame(folder, tokenizer, preset.tokens)
    _check_typed(folder, tokenizer)
    return ReviewTokens(tokenizer, prompt=prompt, max_tokens=max_tokens)


def _load(folder: Path, tokens: Tokens) -> PreTrainedTokenizerBase:
    # Naming one of the two alone would switch the other off.
    frame = {} if tokens.own else {"add_bos_token": tokens.bos, "add_eos_token": tokens.eos}
    try:
        return AutoTokenizer.from_pretrained(
            folder,
            local_files_only=True,
            trust_remote_code=False,
            padding_side="right",
            split_special_tokens=True,
            **frame,
        )
    except (OSError, ValueError, ImportError) as e:
        reason = str(e).splitlines()[0] if str(e) else type(e).__name__
        raise BadModel(f"{folder}: its tokenizer cannot be read: {reason}") from e


def _check_frame(folder: Path, tokenizer: PreTrainedTokenizerBase, tokens: Tokens) -> None:
    """Raise BadModel if an empty text is not framed by exactly the ids that it should."""
    if tokens.own:
        expected = [tokenizer.bos_token_id, tokenizer.eos_token_id]
    else:
        expected = [tokenizer.bos_token_id] * tokens.bos + [tokenizer.eos_token_id] * tokens.eos
    found = tokenizer("")["input_ids"]
    if found != expected or None in expected:
        raise BadModel(
            f"{folder}: its tokenizer frames an empty text as {found}, the recipe needs {expected}"
        )


def _check_typed(folder: Path, tokenizer: PreTrainedTokenizerBase) -> None:
    """Raise BadModel if a customer could type special tokens."""
    special = set(tokenizer.all_special_ids) - {tokenizer.unk_token_id}
    typed = special & set(tokenizer(TYPED, add_special_tokens=False)["input_ids"])
    if typed:
        raise BadModel(
            f"{folder}: its tokenizer reads typed text as the special tokens {sorted(typed)}"
        )
