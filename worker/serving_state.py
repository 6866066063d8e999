"""Which model serves and why not a larger one, for the metrics and, through Redis, for others."""

import time
from collections.abc import Awaitable, Callable

from triage.manifest import Manifest
from triage.queue.heartbeat import BEAT_INTERVAL_S
from triage.queue.served_models import ServedModel
from worker.metrics import WorkerMetrics

Record = Callable[[ServedModel], Awaitable[None]]


class ServingState:
    """The model that serves; `record` publishes it to other processes for a limited time."""

    def __init__(self, metrics: WorkerMetrics, record: Record, host: str) -> None:
        self._metrics = metrics
        self._record = record
        self._host = host
        self._model: ServedModel | None = None
        self._due_s = 0.0

    def serves(self, manifest: Manifest) -> None:
        """Record the model that answers from now on."""
        self._set(ServedModel(host=self._host, name=manifest.name, version=manifest.version))
        self._metrics.upgraded()

    def stays(self, error: Exception) -> None:
        """Record why WORKER_MODEL=auto has no larger model at the moment."""
        assert self._model is not None, "a model serves before a larger one is loaded"
        self._set(self._model.model_copy(update={"not_larger": str(error)}))
        self._metrics.not_upgraded(type(error).__name__)

    def _set(self, model: ServedModel) -> None:
        self._model, self._due_s = model, 0.0

    async def beat(self) -> None:
        """Publish the model, unless that happened a moment ago; raises QueueUnavailable."""
        if self._model is None or time.monotonic() < self._due_s:
            return
        self._due_s = time.monotonic() + BEAT_INTERVAL_S
        await self._record(self._model)
