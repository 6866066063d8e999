"""
The worker put together from its parts, for the command line and for the sandbox alike.

Runs until it is cancelled; the batch in hand is then finished and the rest given back.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from charts.pool import DrawingPool
from triage.contract import Codec, Job, Outcome
from triage.heartbeat import Heartbeat
from triage.limits import BOTS, JOBS, OUTCOMES, WORKERS
from triage.manifest import read_manifest
from triage.redis_check import await_server
from triage.sealing import Seal
from triage.streams import Connections, Stream
from triage.taxonomy import Taxonomy, load_taxonomy
from worker.classifier import Classifier
from worker.drawing import Drawing
from worker.errors import BadModel
from worker.linear import load_linear
from worker.loop import Worker, run_until_cancelled
from worker.settings import WorkerSettings

logger = logging.getLogger(__name__)

# Returns the loaded and checked model of a folder, by the kind that its manifest names.
LOADERS: Mapping[str, Callable[[Path, Taxonomy], Classifier]] = MappingProxyType(
    {"linear": load_linear}
)


def load_classifier(folder: Path, taxonomy: Taxonomy) -> Classifier:
    """Return the model in `folder`; BadManifest, ManifestMismatch or BadModel say why not."""
    kind = read_manifest(folder).kind
    if kind not in LOADERS:
        raise BadModel(f"{folder}: its kind is {kind!r}, this worker loads {', '.join(LOADERS)}")
    return LOADERS[kind](folder, taxonomy)


async def serve(settings: WorkerSettings, connections: Connections, seal: Seal) -> None:
    """
    Run the worker until cancelled; once it has begun, Redis may come and go.

    Raises BadTaxonomy, BadManifest, ManifestMismatch or BadModel where it cannot start, BadRedis or
    QueueUnavailable where Redis cannot be used.
    """
    taxonomy = load_taxonomy(settings.taxonomy_file)
    classifier = await asyncio.to_thread(load_classifier, settings.worker_model, taxonomy)
    pool = DrawingPool(settings.worker_chart_processes)
    drawing = Drawing(pool, taxonomy, classifier.manifest.rule)
    try:
        await drawing.warm_up()
        await await_server(connections.commands)
        manifest = classifier.manifest
        logger.info("model %s %s is ready", manifest.name, manifest.version)
        await run_until_cancelled(_worker(settings, connections, seal, classifier, drawing))
    finally:
        pool.close()


def _worker(
    settings: WorkerSettings,
    connections: Connections,
    seal: Seal,
    classifier: Classifier,
    drawing: Drawing,
) -> Worker:
    lease_s = settings.lease_s
    return Worker(
        Stream(connections, Codec(Job, seal), name=JOBS, group=WORKERS, lease_s=lease_s),
        Stream(connections, Codec(Outcome, seal), name=OUTCOMES, group=BOTS, lease_s=lease_s),
        classifier,
        drawing.draw,
        look_ahead=settings.worker_look_ahead,
        max_batch_tokens=settings.worker_max_batch_tokens,
        lease_s=lease_s,
        on_round=Heartbeat(connections.commands, "worker").beat,
    )
