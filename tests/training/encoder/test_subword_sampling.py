"""Texts are split at random into pieces of the vocabulary that the model is served with."""

from statistics import mean

import pytest
import torch
from sentencepiece import SentencePieceProcessor

from training.encoder.subword_sampling import LONGEST, SubwordSampler
from worker.classifiers.encoder.published import (
    MAX_PIECES,
    load_tokenizer,
    plain,
    vocabulary_file,
)

TEXT = "Доставка постоянно задерживается, курьер так и не позвонил за [NUM] минут"
ALWAYS_BEST = 1e6


@pytest.fixture
def vocabulary() -> SentencePieceProcessor:
    return SentencePieceProcessor(model_file=str(vocabulary_file()))


def test_the_pieces_of_a_text_always_spell_it(vocabulary: SentencePieceProcessor) -> None:
    torch.manual_seed(1)
    sampler = SubwordSampler(0.2)
    drawn = [sampler.ids(TEXT) for _ in range(50)]

    assert {vocabulary.decode(ids) for ids in drawn} == {plain(TEXT)}
    assert len({tuple(ids) for ids in drawn}) > 40


def test_the_best_split_is_the_one_that_is_served() -> None:
    assert SubwordSampler(ALWAYS_BEST).ids(TEXT) == load_tokenizer().ids(TEXT)


def test_less_smoothing_gives_more_pieces() -> None:
    torch.manual_seed(1)
    lengths = [
        mean(len(sampler.ids(TEXT)) for _ in range(50))
        for sampler in (SubwordSampler(0.0), SubwordSampler(0.2), SubwordSampler(1.0))
    ]

    assert lengths == sorted(lengths, reverse=True)
    assert lengths[-1] < lengths[0] - 2


def test_one_state_of_the_generator_gives_one_split() -> None:
    drawn = []
    for _ in range(2):
        torch.manual_seed(5)
        sampler = SubwordSampler(0.2)
        drawn.append([sampler.ids(TEXT) for _ in range(3)])

    assert drawn[0] == drawn[1]


@pytest.mark.parametrize("text", ["", "\u200b", "👎👎👎", "漢字", "q", "ы" * (LONGEST + 1)])
def test_an_unusual_text_gets_pieces_that_the_tokenizer_also_gives(text: str) -> None:
    torch.manual_seed(1)
    served = set(load_tokenizer().ids(text))

    assert served <= {one for _ in range(200) for one in SubwordSampler(0.0).ids(text)}


def test_a_long_word_keeps_its_best_split() -> None:
    word = "абвг" * LONGEST

    assert SubwordSampler(0.0).ids(word) == load_tokenizer().ids(word)


def test_a_text_has_at_most_as_many_pieces_as_are_served() -> None:
    ids = SubwordSampler(0.2).ids("ы " * 3 * MAX_PIECES)

    assert len(ids) == MAX_PIECES
    assert ids[-1] == load_tokenizer().ids("")[-1]
