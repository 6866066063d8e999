"""
What a taxonomy says of its classes, as texts to learn from: titles, and titles with definitions.
"""

import numpy as np
from numpy.typing import NDArray

from training.encoder.examples import EncodedExamples
from triage.review import LANGUAGES
from triage.taxonomy import Class, Taxonomy
from worker.classifiers.encoder.published import load_tokenizer


def words_of(one: Class) -> list[str]:
    """Return what is said of a class: its title, and title with definition, in each language."""
    titles = [one.title.into(language) for language in LANGUAGES]
    definitions = [one.definition.into(language) for language in LANGUAGES]
    both = [f"{title}. {more}" for title, more in zip(titles, definitions, strict=True)]
    return [*titles, *both]


def word_examples(taxonomy: Taxonomy, facts: NDArray[np.float32]) -> EncodedExamples:
    """Return the words of all classes as examples of them, whose reviews have the given facts."""
    texts = [(place, text) for place, one in enumerate(taxonomy.classes) for text in words_of(one)]
    targets = np.zeros((len(texts), len(taxonomy.ids)), np.float32)
    for row, (place, _) in zip(targets, texts, strict=True):
        row[place] = 1
    ids = load_tokenizer().batch([text for _, text in texts])
    return EncodedExamples(ids, np.tile(facts, (len(texts), 1)), targets)
