"""What is fitted in torch is what numpy serves."""

import numpy as np
import torch

from tests.worker.classifiers.encoder.test_forward_pass import TEXTS
from training.encoder.torch_encoder import TrainableEncoder, TrainableHeads, padded
from worker.classifiers.encoder.forward_pass import SENTENCE_FEATURES, Encoder, micro_batches
from worker.classifiers.encoder.heads import Heads
from worker.classifiers.encoder.published import load_tokenizer, load_weights

FACTS = 5
CLASSES = 4


def test_torch_features_equal_served_ones_in_batches_and_alone() -> None:
    published = load_weights()
    served = Encoder(published.table, published.body, published.epsilon)
    trainable = TrainableEncoder(published.body, published.epsilon)
    ids = load_tokenizer().batch(TEXTS)
    rows = [published.table.rows(np.array(one)) for one in ids]
    for batch in ([*range(len(ids))], *([place] for place in range(len(ids)))):
        with torch.no_grad():
            pieces, sentences = trainable(*padded([rows[place] for place in batch]))
        assert np.abs(sentences.numpy() - served.sentences([ids[p] for p in batch])).max() < 1e-5
        longest = batch[0]
        expected = served.encode([ids[longest]]).pieces
        assert np.abs(pieces[0, : len(ids[longest])].numpy() - expected).max() < 1e-4


def test_torch_logits_equal_served_ones_after_weight_changes() -> None:
    published = load_weights()
    generator = torch.Generator().manual_seed(7)
    trainable = TrainableEncoder(published.body, published.epsilon)
    heads = TrainableHeads(
        torch.full((SENTENCE_FEATURES,), 0.01),
        torch.full((SENTENCE_FEATURES,), 0.05),
        CLASSES,
        facts=FACTS,
        dropout=0.2,
    )
    heads.eval()
    with torch.no_grad():
        for weight in heads.parameters():
            weight.add_(0.05 * torch.randn(weight.shape, generator=generator))
    ids = load_tokenizer().batch(TEXTS[:8])
    facts = np.random.default_rng(0).integers(0, 2, (len(ids), FACTS)).astype(np.float32)
    embedded, mask = padded([published.table.rows(np.array(one)) for one in ids])
    with torch.no_grad():
        pieces, sentences = trainable(embedded, mask)
        expected = heads(pieces, sentences, mask, torch.from_numpy(facts)).numpy()

    encoder = Encoder(published.table, trainable.body(), published.epsilon)
    stored = Heads.of(heads.tensors())
    found = np.concatenate(
        [stored.logits(encoder.encode(ids[part]), facts[part]) for part in micro_batches(ids)]
    )
    assert np.abs(found - expected).max() < 1e-4
