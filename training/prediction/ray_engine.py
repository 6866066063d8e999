"""
The engine that scores in many processes and hosts: Ray Data over the serving classifier.

The only module that imports Ray, after ray_settings.py has set its environment. The file is read on
the host of the command, chunk by chunk, at the scorers' pace. The chunks are those of the local
engine, so the results are bit-identical. Every host needs this project and the model at the same
paths. Ray retries a chunk whose process died.
"""

import logging
import re
import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import ray
from ray.data import ActorPoolStrategy, DataContext, Dataset, Datasource, read_datasource
from ray.data.block import BlockMetadata
from ray.data.datasource import ReadTask
from ray.exceptions import RayError

from training.errors import EngineFailed
from training.prediction.scoring import Chunk, Engine, score_chunk
from triage.manifest import Manifest
from triage.review import ReviewInput
from triage.taxonomy import load_taxonomy
from worker.classifiers.language.memory import DEFAULT_HARDWARE, Hardware
from worker.classifiers.linear import KIND as LINEAR
from worker.classifiers.loading import ModelSource, load_classifier
from worker.classifiers.protocol import Probabilities

CONNECT_TIMEOUT_S = 5.0

# Retries of a chunk whose process died: it may be the cause. Ray's default has no limit.
TRIES = 3

REVIEW = pa.struct([("rating", pa.int8()), ("tags", pa.list_(pa.string())), ("text", pa.string())])
CHUNK_SCHEMA = pa.schema([("number", pa.int64()), ("reviews", pa.list_(REVIEW))])


@dataclass(frozen=True, slots=True)
class ScorerModel:
    """
    What every scorer loads: a folder, a taxonomy, and the manifest that the folder must have.

    `hardware` is the device and the weight format of each scorer.
    """

    folder: Path
    taxonomy: Path
    manifest: Manifest
    hardware: Hardware = DEFAULT_HARDWARE


@contextmanager
def ray_engine(
    model: ScorerModel, *, max_tokens: int, workers: int | None, address: str | None
) -> Iterator[Engine]:
    """
    Yield an engine on the cluster at `address`, or on a new cluster on this host.

    `workers` is the number of scoring processes; None is one for each GPU, or one for each core if
    the model needs no GPU. Raises EngineFailed, in one line, for any error of Ray.
    """
    try:
        if address:
            _check_reachable(address)
        _connect(address)
    except (RayError, OSError, RuntimeError, ValueError) as e:
        raise EngineFailed(f"Ray at {address or 'this host'}: {_reason(e)}") from e
    try:
        gpus = _gpus_each(model.manifest)
        count = workers or _resource_count("GPU" if gpus else "CPU")

        def run(chunks: Iterable[Chunk]) -> Iterator[Probabilities]:
            scored = _read(chunks).map_batches(
                Scorer,
                batch_size=1,
                batch_format="pyarrow",
                compute=ActorPoolStrategy(size=count),
                fn_constructor_args=(model, max_tokens),
                num_cpus=1,
                num_gpus=gpus,
                max_task_retries=TRIES,
            )
            return _in_order(scored, len(model.manifest.labels))

        yield run
    finally:
        ray.shutdown()


class Scorer:
    """Scores chunks in its own process; loads the model once."""

    def __init__(self, model: ScorerModel, max_tokens: int) -> None:
        source = ModelSource(model.hardware)
        self._classifier = load_classifier(model.folder, load_taxonomy(model.taxonomy), source)
        self._max_tokens = max_tokens
        if self._classifier.manifest != model.manifest:
            host = socket.gethostname()
            raise EngineFailed(f"{model.folder} on {host}: holds another model; copy it there")

    def __call__(self, batch: pa.Table) -> pa.Table:
        """Return the probabilities of the single chunk of `batch` as float32 bytes."""
        (row,) = batch.to_pylist()
        chunk = [ReviewInput(r["rating"], tuple(r["tags"]), r["text"]) for r in row["reviews"]]
        rows = score_chunk(self._classifier, chunk, max_tokens=self._max_tokens)
        return pa.table({"number": [row["number"]], "rows": [rows.tobytes()]})


class ChunkSource(Datasource):
    """One task that iterates over chunks; Ray applies backpressure from the scorers."""

    def __init__(self, chunks: Iterable[Chunk]) -> None:
        super().__init__()
        self._chunks = chunks

    def estimate_inmemory_data_size(self) -> int | None:
        """Return None: the size is unknown."""
        return None

    def get_read_tasks(
        self,
        parallelism: int,
        per_task_row_limit: int | None = None,
        data_context: DataContext | None = None,
    ) -> list[ReadTask]:
        """Return one task: a CSV cannot be read from its middle."""
        chunks = self._chunks

        def read() -> Iterator[pa.Table]:
            for number, chunk in enumerate(chunks):
                yield _table(number, chunk)

        return [ReadTask(read, BlockMetadata(None, None, None, None))]


def _table(number: int, chunk: Chunk) -> pa.Table:
    reviews = [{"rating": r.rating, "tags": r.tags, "text": r.text} for r in chunk]
    return pa.table({"number": [number], "reviews": [reviews]}, schema=CHUNK_SCHEMA)


def _read(chunks: Iterable[Chunk]) -> Dataset:
    """Return the chunks as rows of a dataset, read on this host, which has the file."""
    here = {"ray.io/node-id": ray.get_runtime_context().get_node_id()}
    found: Dataset = read_datasource(
        ChunkSource(chunks), override_num_blocks=1, num_cpus=0, label_selector=here
    )
    return found


def _in_order(scored: Dataset, classes: int) -> Iterator[Probabilities]:
    try:
        for expected, row in enumerate(scored.iter_rows()):
            assert row["number"] == expected, f"chunk {row['number']} came in place of {expected}"
            yield np.frombuffer(row["rows"], np.float32).reshape(-1, classes)
    except RayError as e:
        raise EngineFailed(f"Ray: {_reason(e)}") from e


def _check_reachable(address: str) -> None:
    """Raise OSError or ValueError if no server listens now: Ray itself retries for minutes."""
    host, colon, port = address.rpartition(":")
    if not (host and colon and port.isdigit()):
        raise ValueError("is not like HOST:PORT")
    socket.create_connection((host, int(port)), timeout=CONNECT_TIMEOUT_S).close()


def _connect(address: str | None) -> None:
    alone: dict[str, Any] = {} if address else {"include_dashboard": False}
    ray.init(address=address or "local", log_to_driver=False, logging_level=logging.ERROR, **alone)
    logging.getLogger("ray.data").setLevel(logging.CRITICAL)  # errors come as exceptions
    context = DataContext.get_current()
    context.enable_progress_bars = False
    context.print_on_execution_start = False
    context.execution_options.preserve_order = True
    context.raise_original_map_exception = True
    # One chunk is one block, so that it is returned as soon as it is scored.
    context.target_max_block_size = 1


def _gpus_each(manifest: Manifest) -> int:
    return int(manifest.kind != LINEAR and _resource_count("GPU") > 0)


def _resource_count(resource: str) -> int:
    return int(ray.cluster_resources().get(resource, 0))


def _reason(error: BaseException) -> str:
    """Return the last line of Ray's message: it has the type and text of the original error."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return re.sub(r"^[\w.]+\.(\w+): ", r"\1: ", lines[-1].strip())
