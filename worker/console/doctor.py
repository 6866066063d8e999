"""
python -m worker doctor: checks everything that the worker needs, and names what is wrong.

It takes no job and downloads nothing. It loads the configured model, so it needs memory for a
second model while a worker runs.
"""

import asyncio
from collections.abc import Container

from triage.checks import CheckResult, check_key_file, check_redis, run_check
from triage.command_line import print_results
from triage.errors import TriageError
from triage.queue.served_models import read_served_models
from triage.settings import connected, read_valid
from triage.taxonomy import Taxonomy, load_taxonomy
from worker.app import model_source
from worker.classifiers.errors import ClassifierError, DoesNotFit, UnseenGpu
from worker.classifiers.language.presets import PRESETS
from worker.classifiers.loading import (
    ModelSource,
    check_obtainable,
    load_default,
    load_preset_or_folder,
    recipe_for_gpu,
)
from worker.settings import AUTO, WorkerSettings


def doctor() -> int:
    """Print a line for each refused setting and each check; return 0 if all pass, otherwise 1."""
    settings, refused = read_valid(WorkerSettings)
    wrong = [CheckResult(False, line) for line in refused.values()]
    return print_results([*wrong, *asyncio.run(_examine(settings, refused))])


async def _examine(settings: WorkerSettings, refused: Container[str]) -> list[CheckResult]:
    """Check all but what needs a refused setting."""
    return [
        check_key_file(settings.triage_key_file),
        *([] if "redis_url" in refused else await _redis_and_workers(settings)),
        await run_check(lambda: asyncio.to_thread(_model, settings), TriageError, ClassifierError),
    ]


async def _redis_and_workers(settings: WorkerSettings) -> list[CheckResult]:
    redis = await check_redis(settings)
    return (
        [redis, await run_check(lambda: _serving(settings), TriageError)] if redis.ok else [redis]
    )


async def _serving(settings: WorkerSettings) -> str:
    """Return what the running workers serve."""
    async with connected(settings) as connections:
        models = await read_served_models(connections.commands)
    lines = [f"on {model.host} {model.summary}" for model in models]
    return f"workers: {'; '.join(lines) or 'none is running'}"


def _model(settings: WorkerSettings) -> str:
    name, taxonomy, source = (
        settings.worker_model,
        load_taxonomy(settings.taxonomy_file),
        model_source(settings),
    )
    if name == AUTO:
        return _auto(taxonomy, source)
    if name in PRESETS and not (source.models / name).exists():
        check_obtainable(PRESETS[name], source)
        return f"model {name}: will be fetched at the first start"
    manifest = load_preset_or_folder(name, taxonomy, source).manifest
    return f"model {manifest.name} {manifest.version}: loaded"


def _auto(taxonomy: Taxonomy, source: ModelSource) -> str:
    """Return what WORKER_MODEL=auto serves: first the CPU model, then a model that fits the GPU."""
    manifest = load_default(taxonomy).manifest
    cpu = f"{manifest.name} {manifest.version}"
    try:
        # A running worker that serves it fills the GPU.
        preset = recipe_for_gpu(source.hardware.device, alone=True)
    except UnseenGpu:
        raise
    except DoesNotFit as e:
        return f"model {cpu}: the CPU model is loaded, since {e}"
    return f"model: auto takes {preset.name} here; {cpu} serves until it is ready"
