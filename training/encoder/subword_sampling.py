"""
Splits words into other pieces of the encoder's vocabulary, at random.

A word that is always split in one way is learnt as these pieces. With several ways the encoder also
learns shorter pieces, which other forms of the word and misspelt words share (Kudo, Subword
regularization, 2018).
"""

from bisect import bisect
from collections.abc import Sequence
from functools import cache, lru_cache
from itertools import accumulate

import numpy as np
import torch
from sentencepiece import SentencePieceProcessor

from worker.classifiers.encoder.published import MAX_PIECES, plain, vocabulary_file

# The most probable splits of a word; the others are never drawn.
SPLITS = 32

# A longer word keeps its best split, because finding many is slow.
LONGEST = 40

# Words whose splits are kept in memory, about 3 kB each.
CACHED = 2**14


class SubwordSampler:
    """
    Draws the piece ids of texts; torch's generator decides.

    The probability of a split is proportional to its probability in the vocabulary, to the power of
    `smoothing`: with 0 all are equally probable, and above 1 nearly always the best is drawn.
    """

    def __init__(self, smoothing: float) -> None:
        self._smoothing = smoothing
        self._processor = _processor()
        self._drawn = lru_cache(CACHED)(self._splits)

    def ids(self, text: str) -> list[int]:
        """Return random piece ids of a text, between the ids of begin and end."""
        words = plain(text).split()
        found: list[int] = []
        for word, place in zip(words, torch.rand(len(words)).tolist(), strict=True):
            splits, shares = self._drawn(word)
            found += splits[min(bisect(shares, place), len(splits) - 1)]
        inside = found[: MAX_PIECES - 2] or [self._processor.unk_id()]
        return [self._processor.bos_id(), *inside, self._processor.eos_id()]

    def _splits(self, word: str) -> tuple[Sequence[Sequence[int]], Sequence[float]]:
        """Return the splits of a word and their cumulative probabilities."""
        number = SPLITS if len(word) <= LONGEST else 1
        found = self._processor.nbest_encode_as_ids(word, nbest_size=number)
        scores = [sum(self._processor.get_score(one) for one in ids) for ids in found]
        odds = np.exp(self._smoothing * (np.array(scores) - max(scores)))
        return found, list(accumulate(odds / odds.sum()))


@cache
def _processor() -> SentencePieceProcessor:
    return SentencePieceProcessor(model_file=str(vocabulary_file()))
