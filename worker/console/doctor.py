"""
python -m worker doctor: looks at everything that the worker needs, and names what is wrong.

It takes no job. It does load the model, so beside a worker that serves one there must be room.
"""

import asyncio
from pathlib import Path

from triage.errors import TriageError
from triage.findings import Finding, examine_key, examine_redis, examined, listed
from triage.manifest import read_manifest
from triage.reading_settings import read_settings
from triage.taxonomy import load_taxonomy
from worker.app import load_classifier
from worker.errors import BadModel, WorkerError
from worker.gpu import find_gpu
from worker.settings import WorkerSettings

# What WORKER_MODEL may say in place of a folder.
AUTO = "auto"


def doctor() -> int:
    """Print a line for each thing; return 0 where all are well and 1 otherwise."""
    findings = asyncio.run(_examine(read_settings(WorkerSettings)))
    print(listed(findings))
    return 0 if all(found.well for found in findings) else 1


async def _examine(settings: WorkerSettings) -> list[Finding]:
    password = settings.redis_password
    return [
        examine_key(settings.triage_key_file),
        await examine_redis(
            settings.redis_url.get_secret_value(), password and password.get_secret_value()
        ),
        await examined(lambda: _model(settings), TriageError, WorkerError),
    ]


async def _model(settings: WorkerSettings) -> str:
    taxonomy = load_taxonomy(settings.taxonomy_file)
    folder = settings.worker_model
    gpu = await asyncio.to_thread(find_gpu)
    machine = f"on {gpu.name}, {gpu.memory_mib} MiB" if gpu else "without a GPU"
    if str(folder) == AUTO:
        return f"model: the largest that runs {machine}"
    if gpu is None and _wants_gpu(folder):
        raise BadModel(
            f"model {folder}: needs a GPU, and the driver shows none; install the NVIDIA driver "
            "and container toolkit, or take docker-compose.cpu.yml"
        )
    manifest = (await asyncio.to_thread(load_classifier, folder, taxonomy)).manifest
    return f"model {manifest.name} {manifest.version}: loaded {machine}"


def _wants_gpu(folder: Path) -> bool:
    return read_manifest(folder).kind != "linear"
