import asyncio
from pathlib import Path

import pytest

from tests.triage.queue.queues import SEAL, job, stream_of_jobs, stream_of_outcomes
from tests.worker.folders import FOUND, write_model
from tests.worker.samples import TAXONOMY, collect
from triage.errors import BadManifest
from triage.queue.streams import Connections
from worker.app import serve
from worker.classifiers.errors import BadModel
from worker.classifiers.loading import load_classifier
from worker.settings import WorkerSettings


def test_a_model_is_loaded_by_the_kind_in_its_manifest(tmp_path: Path) -> None:
    classifier = load_classifier(write_model(tmp_path), TAXONOMY)
    assert classifier.manifest.name == "one-class"


def test_an_unknown_model_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        BadModel, match=r"'quantum', this worker loads linear, cpu, taxonomy, transformer"
    ):
        load_classifier(write_model(tmp_path, kind="quantum"), TAXONOMY)


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadManifest, match=r"name a folder that holds a model"):
        load_classifier(tmp_path / "nowhere", TAXONOMY)


async def test_the_worker_answers_a_review_inside_one_process(
    fake_connections: Connections, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings = WorkerSettings(_env_file=None, worker_model=write_model(tmp_path))
    serving = asyncio.create_task(serve(settings, fake_connections, SEAL))
    sent = job().model_copy(update={"rating": 9})  # of a bot with another taxonomy
    await stream_of_jobs(fake_connections).publish(sent)

    (delivery,) = await collect(stream_of_outcomes(fake_connections), 1)
    serving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await serving

    assert delivery.message.review_id == sent.review_id
    assert delivery.message.decision is not None
    assert delivery.message.decision.classes == (FOUND,)
    assert delivery.attachment.startswith(b"\x89PNG\r\n")
    assert "rating 9 is not of this worker's scale (0-6)" in caplog.text


async def test_a_worker_without_a_model_does_not_start(
    fake_connections: Connections, tmp_path: Path
) -> None:
    settings = WorkerSettings(_env_file=None, worker_model=tmp_path)
    with pytest.raises(BadManifest):
        await serve(settings, fake_connections, SEAL)
