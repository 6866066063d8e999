import numpy as np

from benchmarks.quality.few_labels import drawn


def test_each_class_gets_at_most_the_requested_number_of_reviews() -> None:
    labels = np.zeros((30, 2), np.int8)
    labels[:20, 0] = 1
    labels[20:23, 1] = 1
    found = drawn(labels, 5, seed=1)

    assert labels[found].sum(axis=0).tolist() == [5, 3]
    assert drawn(labels, 5, seed=1).tolist() == found.tolist()
    assert drawn(labels, 5, seed=2).tolist() != found.tolist()
