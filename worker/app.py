"""
Builds the worker from its parts and runs it, for the command line and for the sandbox.

It runs until it is cancelled; it then finishes the running batch and releases the other jobs.
"""

import asyncio
import logging
import os
import socket
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial

from charts.pool import DrawingPool
from triage.queue.heartbeat import Heartbeat
from triage.queue.redis_check import wait_for_redis
from triage.queue.served_models import record_served_model
from triage.queue.stream_factory import job_stream, outcome_stream
from triage.queue.streams import Connections
from triage.review import ReviewInput
from triage.sealing import Seal
from triage.taxonomy import Taxonomy, load_taxonomy
from worker.chart_drawing import Drawing
from worker.classifiers.errors import GpuFailed
from worker.classifiers.language.memory import Hardware
from worker.classifiers.loading import (
    ModelSource,
    load_default,
    load_preset_or_folder,
    memory_reader,
)
from worker.classifiers.protocol import Classifier
from worker.daemon_thread import in_daemon_thread
from worker.input_check import InputCheck
from worker.loop import Worker
from worker.metrics import WorkerMetrics
from worker.model_upgrade import load_gpu_model, retry_upgrade
from worker.monitoring import Health, monitored
from worker.serving_state import ServingState
from worker.settings import AUTO, WorkerSettings
from worker.shutdown import run_until_cancelled

logger = logging.getLogger(__name__)

# Returns the model that replaces the CPU model; raises ClassifierError or TriageError.
UpgradeLoader = Callable[[Taxonomy, ModelSource], Awaitable[Classifier]]

# Replaces the model of a running worker.
Upgrade = Callable[[], Coroutine[None, None, None]]


async def serve(
    settings: WorkerSettings,
    connections: Connections,
    seal: Seal,
    load_upgrade: UpgradeLoader = load_gpu_model,
) -> None:
    """
    Run the worker until cancelled; after the start, retry during an outage of Redis.

    With WORKER_MODEL=auto the CPU model serves until `load_upgrade` returns another one. Raises
    BadTaxonomy, BadManifest, ManifestMismatch, BadModel, DoesNotFit or NotFetched if it cannot
    start, BadRedis or QueueUnavailable if Redis cannot be used, and GpuFailed if only a new process
    can continue.
    """
    metrics, commands = WorkerMetrics(), connections.commands
    state = ServingState(metrics, partial(record_served_model, commands), socket.gethostname())
    heartbeat = Heartbeat(commands, "worker")

    async def beat() -> None:
        await heartbeat.beat()
        await state.beat()

    health = Health(beat)
    with monitored(settings.worker_host, settings.worker_port, metrics, health):
        await _serve(settings, connections, seal, load_upgrade, metrics, health, state)


async def _serve(
    settings: WorkerSettings,
    connections: Connections,
    seal: Seal,
    load_upgrade: UpgradeLoader,
    metrics: WorkerMetrics,
    health: Health,
    state: ServingState,
) -> None:
    taxonomy, source = load_taxonomy(settings.taxonomy_file), model_source(settings)
    load = partial(_first_model, settings.worker_model, taxonomy, source)
    classifier = await in_daemon_thread(load, "model loader")  # which may be a download
    pool = DrawingPool(settings.worker_chart_processes or _chart_processes(os.cpu_count()))
    drawing = Drawing(pool, taxonomy)
    try:
        await drawing.warm_up(classifier.manifest.rule)
        await wait_for_redis(connections.commands)
        report = InputCheck(taxonomy).report
        worker = _worker(settings, connections, seal, classifier, drawing, metrics, health, report)
        _announce(classifier, metrics, state)
        health.ready()
        upgrade = None
        if settings.worker_model == AUTO:
            load_next = partial(load_upgrade, taxonomy, source)
            upgrade = partial(_upgrade, worker, load_next, metrics, state)
        await _run(worker, upgrade)
    finally:
        pool.close()


async def _run(worker: Worker, upgrade: Upgrade | None) -> None:
    """Run `worker`, whose model `upgrade` replaces; a crash of either ends both."""
    failure = None
    async with asyncio.TaskGroup() as tasks:
        upgrading = tasks.create_task(upgrade()) if upgrade else None
        try:
            await run_until_cancelled(worker)
        except GpuFailed as e:
            failure = e  # raised outside the group, so that the error is one line
        finally:
            if upgrading:
                upgrading.cancel()
    if failure:
        raise failure


async def _upgrade(
    worker: Worker,
    load: Callable[[], Awaitable[Classifier]],
    metrics: WorkerMetrics,
    state: ServingState,
) -> None:
    classifier = await retry_upgrade(load, state.stays)
    if classifier:
        worker.use(classifier)
        _announce(classifier, metrics, state)


def _first_model(name: str, taxonomy: Taxonomy, source: ModelSource) -> Classifier:
    """Return the model that serves from the start."""
    if name == AUTO:
        return load_default(taxonomy)
    return load_preset_or_folder(name, taxonomy, source)


def _chart_processes(cores: int | None) -> int:
    """Return the default number of drawing processes; more than eight only use memory."""
    return min(8, max(1, (cores or 1) - 1))


def _announce(classifier: Classifier, metrics: WorkerMetrics, state: ServingState) -> None:
    metrics.watch(memory_reader(classifier))
    manifest = classifier.manifest
    state.serves(manifest)
    logger.info("model %s %s is ready", manifest.name, manifest.version)


def model_source(settings: WorkerSettings) -> ModelSource:
    """Return the models' folder, the token and the hardware from the settings."""
    return ModelSource(
        hardware=Hardware(settings.worker_device, settings.worker_weights),
        models=settings.worker_models,
        token=settings.hf_token,
    )


def _worker(
    settings: WorkerSettings,
    connections: Connections,
    seal: Seal,
    classifier: Classifier,
    drawing: Drawing,
    metrics: WorkerMetrics,
    health: Health,
    report: Callable[[ReviewInput], None],
) -> Worker:
    lease_s = settings.lease_s
    return Worker(
        job_stream(connections, seal, lease_s=lease_s),
        outcome_stream(connections, seal, lease_s=lease_s),
        classifier,
        drawing.draw,
        look_ahead=settings.worker_look_ahead,
        max_batch_tokens=settings.worker_max_batch_tokens,
        lease_s=lease_s,
        metrics=metrics,
        health=health,
        report=report,
    )
