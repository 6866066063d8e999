"""
WORKER_MODEL=auto: the CPU model serves first, and a model on the GPU replaces it when it is ready.

Fetching takes minutes and loading one. Both run in a daemon thread, so that a stop does not wait
for them; the next start keeps the files that were finished.
"""

import asyncio
import logging
import threading
from collections.abc import Callable
from typing import TypeVar

from triage.errors import TriageError
from triage.taxonomy import Taxonomy
from worker.classifiers.errors import ClassifierError
from worker.classifiers.loading import ModelSource, load_preset_or_folder, recipe_for_gpu
from worker.classifiers.protocol import Classifier

logger = logging.getLogger(__name__)

T = TypeVar("T")


async def load_gpu_model(taxonomy: Taxonomy, source: ModelSource) -> Classifier | None:
    """Return the largest model that fits this machine's GPU, or None after logging why not."""

    def get() -> Classifier:
        preset = recipe_for_gpu(source.hardware.device)
        logger.info("loading %s for the GPU; the CPU model serves until then", preset.name)
        return load_preset_or_folder(preset.name, taxonomy, source)

    try:
        return await in_daemon_thread(get)
    except (ClassifierError, TriageError) as e:
        logger.warning("WORKER_MODEL=auto: the CPU model stays: %s", e)
        return None


async def in_daemon_thread(call: Callable[[], T]) -> T:
    """Return what `call` returns; after a cancellation the process can end while it runs."""
    loop, done = asyncio.get_running_loop(), asyncio.Event()
    found: list[T] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            found.append(call())
        except BaseException as e:
            failed.append(e)
        if not loop.is_closed():
            loop.call_soon_threadsafe(done.set)

    threading.Thread(target=run, name="gpu model loader", daemon=True).start()
    await done.wait()
    if failed:
        raise failed[0]
    return found[0]
