"""From features to logits: topics, rating, and an attention of each class over a text's pieces."""

import numpy as np

from triage.review import ReviewInput
from triage.taxonomy import load_taxonomy
from worker.classifiers.encoder.forward_pass import PIECE_FEATURES, SENTENCE_FEATURES, Encoded
from worker.classifiers.encoder.heads import Heads, facts_count, facts_of

CLASSES = 3
TAXONOMY = load_taxonomy()
FACTS = facts_count(TAXONOMY)


def random(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def test_the_rating_is_unary_encoded_and_unknown_topics_are_ignored() -> None:
    found = facts_of([ReviewInput(2, ("PRICE", "STRANGE"), "x"), ReviewInput(0, (), "x")], TAXONOMY)
    assert found.shape == (2, FACTS)
    assert found[0, TAXONOMY.topic_ids.index("PRICE")] == 1
    assert found[0].sum() == 3
    assert found[1].sum() == 0


def test_attention_is_computed_separately_for_each_text() -> None:
    heads = Heads(
        random(SENTENCE_FEATURES, CLASSES),
        random(FACTS, CLASSES),
        random(PIECE_FEATURES, CLASSES, seed=1),
        random(PIECE_FEATURES, CLASSES, seed=2),
        random(CLASSES),
    )
    pieces, sentences = random(5, PIECE_FEATURES), random(2, SENTENCE_FEATURES)
    facts = random(2, FACTS)
    found = heads.logits(Encoded(pieces, np.array([0, 2]), sentences), facts)

    for text, part in enumerate((slice(0, 2), slice(2, 5))):
        for c in range(CLASSES):
            scores = pieces[part] @ heads.query[:, c]
            weights = np.exp(scores - scores.max())
            attended = weights @ (pieces[part] @ heads.value[:, c]) / weights.sum()
            linear = sentences[text] @ heads.sentence[:, c] + facts[text] @ heads.facts[:, c]
            expected = linear + heads.bias[c] + attended
            assert abs(found[text, c] - expected) < 1e-3
