"""
The worker put together from its parts, for the command line and for the sandbox alike.

Runs until it is cancelled; jobs in hand are then finished or given back.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from charts.pool import DrawingPool
from charts.probabilities import draw_answer
from triage.cascade import Confidence, Decision
from triage.contract import Codec, Job, Outcome
from triage.limits import BOTS, JOBS, OUTCOMES, WORKERS
from triage.manifest import read_manifest
from triage.review import LANGUAGES, Language
from triage.sealing import Seal
from triage.streams import Connections, Stream
from triage.taxonomy import Taxonomy, load_taxonomy
from worker.classifier import Classifier
from worker.errors import UnknownKind
from worker.linear import load_linear
from worker.loop import Draw, Worker
from worker.settings import WorkerSettings

logger = logging.getLogger(__name__)

# Jobs in hand are finished within this time of a stop, or left for another worker.
STOP_S = 20.0

LOADERS: Mapping[str, Callable[[Path, Taxonomy], Classifier]] = MappingProxyType(
    {"linear": load_linear}
)


def load_model(folder: Path, taxonomy: Taxonomy) -> Classifier:
    """Return the loaded and checked model in `folder`; BadManifest or UnknownKind say why not."""
    kind = read_manifest(folder).kind
    if kind not in LOADERS:
        known = ", ".join(LOADERS)
        raise UnknownKind(f"{folder}: models of kind {kind!r} cannot be loaded, only {known}")
    return LOADERS[kind](folder, taxonomy)


async def serve(settings: WorkerSettings, connections: Connections, seal: Seal) -> None:
    """
    Run the worker until cancelled.

    Raises BadTaxonomy, BadManifest, ManifestMismatch or UnknownKind where it cannot start.
    """
    taxonomy = load_taxonomy(settings.taxonomy_file)
    classifier = await asyncio.to_thread(load_model, settings.worker_model, taxonomy)
    pool = DrawingPool(settings.worker_chart_processes)
    draw = _drawing(pool, taxonomy, classifier)
    try:
        await _warm_up(draw, taxonomy)
        manifest = classifier.manifest
        logger.info("model %s %s is ready", manifest.name, manifest.version)
        await _work(_worker(settings, connections, seal, classifier, draw))
    finally:
        pool.close()


def _drawing(pool: DrawingPool, taxonomy: Taxonomy, classifier: Classifier) -> Draw:
    rule = classifier.manifest.rule

    async def draw(probabilities: Sequence[float], decision: Decision, language: Language) -> bytes:
        return await pool.draw(draw_answer, probabilities, decision, taxonomy, rule, language)

    return draw


async def _warm_up(draw: Draw, taxonomy: Taxonomy) -> None:
    """Let the drawing processes start and load their fonts before the first review waits."""
    nothing = Decision(taxonomy.ids[:1], None, Confidence.PERSON)
    for language in LANGUAGES:
        await draw([0.0] * len(taxonomy.ids), nothing, language)


def _worker(
    settings: WorkerSettings,
    connections: Connections,
    seal: Seal,
    classifier: Classifier,
    draw: Draw,
) -> Worker:
    lease_s = settings.lease_s
    return Worker(
        Stream(connections, Codec(Job, seal), name=JOBS, group=WORKERS, lease_s=lease_s),
        Stream(connections, Codec(Outcome, seal), name=OUTCOMES, group=BOTS, lease_s=lease_s),
        classifier,
        draw,
        look_ahead=settings.worker_look_ahead,
        max_batch_tokens=settings.worker_max_batch_tokens,
    )


async def _work(worker: Worker) -> None:
    running = asyncio.create_task(worker.run())
    try:
        await asyncio.shield(running)
    except asyncio.CancelledError:
        worker.stop()
        await asyncio.wait({running}, timeout=STOP_S)
        running.cancel()
        raise
