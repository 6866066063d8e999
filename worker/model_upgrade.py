"""
WORKER_MODEL=auto: the CPU model serves first, and a model on the GPU replaces it when it is ready.

Fetching takes minutes and loading one. Both run in a daemon thread, so that a stop does not wait
for them; the next start reuses the finished files.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from triage.errors import TriageError
from triage.taxonomy import Taxonomy
from worker.classifiers.errors import ClassifierError, DoesNotFit, NoGpu, NotFetched
from worker.classifiers.loading import ModelSource, load_preset_or_folder, recipe_for_gpu
from worker.classifiers.protocol import Classifier
from worker.daemon_thread import in_daemon_thread

logger = logging.getLogger(__name__)

# Pauses between attempts double from the first to the longest.
FIRST_PAUSE_S = 60.0
LONGEST_PAUSE_S = 1800.0


async def load_gpu_model(taxonomy: Taxonomy, source: ModelSource) -> Classifier:
    """Return the largest model that fits this machine's GPU; ClassifierError or TriageError."""

    def get() -> Classifier:
        preset = recipe_for_gpu(source.hardware.device)
        logger.info("loading %s for the GPU; the CPU model serves until then", preset.name)
        return load_preset_or_folder(preset.name, taxonomy, source)

    return await in_daemon_thread(get, "gpu model loader")


async def retry_upgrade(
    load: Callable[[], Awaitable[Classifier]],
    stays: Callable[[Exception], None],
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> Classifier | None:
    """
    Return the model that `load` returns, or None if it can never succeed in this process.

    After an error that may pass, `load` is called again after a growing pause. Each error is logged
    and passed to `stays`.
    """
    pause_s = FIRST_PAUSE_S
    while True:
        try:
            return await load()
        except (ClassifierError, TriageError) as e:
            stays(e)
            if not may_pass(e):
                logger.warning("WORKER_MODEL=auto: the CPU model stays: %s", e)
                return None
            words = "WORKER_MODEL=auto: the CPU model stays: %s; next attempt in %.0f s"
            logger.warning(words, e, pause_s)
        await sleep(pause_s)
        pause_s = min(2 * pause_s, LONGEST_PAUSE_S)


def may_pass(error: Exception) -> bool:
    """Return whether an error may pass: an unreachable hub, or a GPU that other programs fill."""
    return isinstance(error, NotFetched | DoesNotFit) and not isinstance(error, NoGpu)
