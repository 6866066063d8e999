"""The interface of every model to the worker."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from triage.manifest import Manifest
from triage.review import ReviewInput

# Reviews x classes, float32, each value in [0, 1]; classes in the order of the taxonomy.
Probabilities = NDArray[np.float32]

# An invented review whose result is stored with a model's weights: other library versions or
# another kind of machine must give the same result.
SELF_TEST = ReviewInput(2, ("DELIVERY", "PRICE"), "Курьер ехал 90 минут, а цены всё выше 👎")

# Returns bytes by kind ("used", "reserved", "total"), for each device ("0", "1").
GpuMemory = Callable[[], Mapping[str, Mapping[str, int]]]


def no_gpu() -> Mapping[str, Mapping[str, int]]:
    """Return no devices: the model runs on the CPU."""
    return {}


class Classifier(Protocol):
    """A loaded and checked model. Loading and self-check are complete before it exists."""

    @property
    def manifest(self) -> Manifest:
        """The manifest of the model."""
        ...

    @property
    def look_ahead(self) -> int:
        """The number of jobs to hold, so that jobs of about one length run together."""
        ...

    def classify(self, reviews: Sequence[ReviewInput]) -> Probabilities:
        """Return a probability for each review and class; blocks, so call it in a thread."""
        ...

    def cost(self, review: ReviewInput) -> int:
        """Return the number of tokens that the review takes of a batch's budget."""
        ...
