"""
The worker's streaming mode without a queue: the batches that a full window gives, in order.

Pure. The batch with the oldest review runs, and the window is refilled during the run, as in
worker/loop.py.
"""

from collections.abc import Iterable, Iterator, Sequence

from worker.classifiers.batching import Batch, WaitingReview, form_batches


def streamed(tokens: Sequence[int], *, window: int, max_tokens: int) -> Iterator[Batch[int]]:
    """
    Yield batches until all reviews of these lengths have run; a batch's jobs are their positions.

    At most `window` reviews wait at once, and no batch of several costs more than `max_tokens`
    after padding.
    """
    waiting: dict[int, WaitingReview[int]] = {}
    coming = iter(enumerate(tokens))
    while True:
        for place, length in coming:
            waiting[place] = WaitingReview(place, length, 1, float(place))
            if len(waiting) >= window:
                break
        if not waiting:
            return
        batch = form_batches(list(waiting.values()), max_tokens=max_tokens)[0]
        for item in batch.items:
            del waiting[item.job]
        yield batch


def padding_waste(batches: Iterable[Batch[int]]) -> float:
    """Return the share of padding in all tokens that run."""
    real = padded = 0
    for batch in batches:
        real += sum(item.tokens for item in batch.items)
        padded += batch.padded_tokens
    return 1 - real / padded
