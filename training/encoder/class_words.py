"""
Training texts from the classes of a taxonomy: titles, and titles with definitions.
"""

import numpy as np
from numpy.typing import NDArray

from training.encoder.examples import EncodedExamples
from triage.taxonomy import Class, Taxonomy
from worker.classifiers.encoder.published import load_tokenizer


def words_of(one: Class) -> list[str]:
    """Return the texts of a class in each language: its title, and title with definition."""
    titles, definitions = one.title.root, one.definition.root
    both = [
        f"{title}. {definitions[language]}"
        for language, title in titles.items()
        if language in definitions
    ]
    return [*titles.values(), *both]


def word_examples(taxonomy: Taxonomy, facts: NDArray[np.float32]) -> EncodedExamples:
    """Return the words of all classes as examples of them with the given facts."""
    texts = [(place, text) for place, one in enumerate(taxonomy.classes) for text in words_of(one)]
    targets = np.zeros((len(texts), len(taxonomy.ids)), np.float32)
    for row, (place, _) in zip(targets, texts, strict=True):
        row[place] = 1
    ids = load_tokenizer().batch([text for _, text in texts])
    counts = np.ones(len(texts), np.float32)
    return EncodedExamples(ids, np.tile(facts, (len(texts), 1)), targets, counts)
