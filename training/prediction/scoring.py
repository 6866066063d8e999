"""
Scores many reviews through the serving classifier, in chunks, so that a run can be resumed.

An engine turns chunks of reviews into their probabilities, in order. `local_engine` runs in this
process; ray_engine.py scores in many processes on many hosts.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from training.dataset.review_files import Row, Unlabelled
from training.errors import BadAnswer
from training.prediction.resume_file import ResumeFile
from triage.review import ReviewInput
from worker.classifiers.batching import WaitingReview, form_batches
from worker.classifiers.protocol import Classifier, Probabilities

# Enough reviews for batches of similar length; at most this many are lost when a run is killed.
CHUNK = 256

# Tokens of a batch after padding; the worker's default.
MAX_TOKENS = 4096

Chunk = Sequence[ReviewInput]
Engine = Callable[[Iterable[Chunk]], Iterator[Probabilities]]


def local_engine(classifier: Classifier, *, max_tokens: int = MAX_TOKENS) -> Engine:
    """Return the engine in which `classifier` scores one chunk after the other."""

    def run(chunks: Iterable[Chunk]) -> Iterator[Probabilities]:
        for chunk in chunks:
            yield score_chunk(classifier, chunk, max_tokens=max_tokens)

    return run


def score_chunk(classifier: Classifier, chunk: Chunk, *, max_tokens: int) -> Probabilities:
    """Return the probabilities of one chunk: batched by length, an invalid row retried alone."""
    found = np.full((len(chunk), len(classifier.manifest.labels)), np.nan, np.float32)
    window = [
        WaitingReview(place, classifier.cost(review), times=1, arrived_s=0.0)
        for place, review in enumerate(chunk)
    ]
    for batch in form_batches(window, max_tokens=max_tokens):
        places = [item.job for item in batch.items]
        found[places] = classifier.classify([chunk[place] for place in places])
    for place in np.flatnonzero(~_valid(found)).tolist():
        found[place] = classifier.classify([chunk[place]])[0]
    return found


def score(engine: Engine, reviews: Sequence[ReviewInput], names: Sequence[object]) -> Probabilities:
    """
    Return a row of probabilities for each review.

    `names` identify the rows in errors. Raises BadAnswer if a row is not probabilities.
    """
    chunks = [reviews[at : at + CHUNK] for at in range(0, len(reviews), CHUNK)]
    done: list[Probabilities] = []
    with _progress(len(reviews)) as bar:
        for rows in engine(chunks):
            _check(rows, names[sum(map(len, done)) :])
            done.append(rows)
            bar.update(len(rows))
    found = np.concatenate(done)
    assert len(found) == len(reviews), f"{len(found)} rows for {len(reviews)} reviews"
    return found


def score_rows(classifier: Classifier, rows: Sequence[Row | Unlabelled]) -> Probabilities:
    """Score `rows` in this process, as `score`; an error names a row by its index."""
    names = [f"of index {row.index}" for row in rows]
    return score(local_engine(classifier), [row.review for row in rows], names)


def score_resumable(
    engine: Engine,
    chunks_after: Callable[[int], Iterable[Chunk]],
    indices: NDArray[np.int64],
    resume_file: ResumeFile,
) -> Probabilities:
    """
    Return a row of probabilities for each of `indices`, resuming after the rows of `resume_file`.

    `chunks_after` returns the chunks after a number of reviews. Only the engine's chunks are held
    in memory; the result is a memory map of `resume_file`. Raises BadAnswer.
    """
    done = resume_file.begin(CHUNK)
    with _progress(len(indices), done) as bar:
        for rows in engine(chunks_after(done)):
            _check(rows, [f"of index {index}" for index in indices[done : done + len(rows)]])
            resume_file.append(rows)
            done += len(rows)
            bar.update(len(rows))
    found = resume_file.rows()
    assert len(found) == len(indices), f"{len(found)} rows for {len(indices)} reviews"
    return found


def _progress(total: int, done: int = 0) -> "tqdm[None]":
    return tqdm(total=total, initial=done, unit="review", delay=1, leave=False)


def _valid(rows: Probabilities) -> NDArray[np.bool_]:
    sound: NDArray[np.bool_] = (rows.min(axis=1) >= 0) & (rows.max(axis=1) <= 1)  # false for NaN
    return sound


def _check(rows: Probabilities, names: Sequence[object]) -> None:
    for place in np.flatnonzero(~_valid(rows)).tolist():
        bad = rows[place][~((rows[place] >= 0) & (rows[place] <= 1))][0]
        raise BadAnswer(f"row {names[place]}: the model gave {bad:g} as a probability, even alone")
