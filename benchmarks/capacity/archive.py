"""How the archive grows and how fast one bot writes it: SQLite in a folder, through bot.archive."""

import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.reviews.invented import jobs
from bot.archive.database import open_database
from bot.archive.records import NewReview
from bot.archive.reviews import Reviews
from triage.calibration import calibrated
from triage.cascade import decide
from triage.key_file import new_key
from triage.queue.messages import Job, ModelName, Outcome
from triage.sealing import Seal
from triage.taxonomy import load_taxonomy
from worker.classifiers.loading import DEFAULT_MODEL, load_classifier


async def measure_archive(reviews: int) -> dict[str, Any]:
    """Return bytes a review, of the file and of its log, and accepted reviews a second."""
    some, outcomes = jobs(reviews), _outcomes(jobs(reviews))
    with tempfile.TemporaryDirectory() as folder:
        engine = await open_database(f"sqlite+aiosqlite:///{folder}/archive.db")
        archive = Reviews(engine, Seal([new_key()]))
        empty = _sizes(folder)
        try:
            began_s = time.perf_counter()
            for job in some:
                await archive.accept(_new(job))
            accept_s = time.perf_counter() - began_s
            await _finish(archive, some, outcomes)
            with_log = _sizes(folder)
        finally:
            await engine.dispose()  # moves the log into the file
        alone = _sizes(folder)
    return {
        "reviews": reviews,
        "accepted_per_s": round(reviews / accept_s),
        "file_bytes_per_1000": round((alone["file"] - empty["file"]) / reviews * 1000),
        "log_bytes_while_open": with_log["log"],
    }


async def _finish(archive: Reviews, some: list[Job], outcomes: list[Outcome]) -> None:
    """Write the later states of a review too."""
    for job, outcome in zip(some, outcomes, strict=True):
        stored = await archive.by_id(job.review_id)
        assert stored is not None, "an accepted review is in the archive"
        await archive.published(stored.number, "1700000000000-0")
        await archive.record(stored.number, outcome, job.enqueued_ms)
        await archive.answered(stored.number, job.enqueued_ms, "A" * 80)


def _new(job: Job) -> NewReview:
    return NewReview(
        review_id=job.review_id,
        form_id=job.review_id.hex,
        user_id=555,
        chat_id=555,
        message_id=7,
        language=job.language,
        rating=job.rating,
        tags=job.tags,
        text=job.text,
        source="",
        accepted_ms=job.enqueued_ms,
    )


def _outcomes(some: list[Job]) -> list[Outcome]:
    taxonomy = load_taxonomy()
    classifier = load_classifier(DEFAULT_MODEL, taxonomy)
    manifest = classifier.manifest
    name = ModelName(name=manifest.name, version=manifest.version)
    found = classifier.classify([job.review() for job in some]).tolist()
    rows = [calibrated(row, manifest.calibration) for row in found]
    return [
        Outcome(
            review_id=job.review_id,
            model=name,
            probabilities=row,
            decision=decide(row, taxonomy.ids, manifest.rule),
        )
        for job, row in zip(some, rows, strict=True)
    ]


def _sizes(folder: str) -> dict[str, int]:
    sizes = {path.name: path.stat().st_size for path in Path(folder).iterdir()}
    return {"file": sizes["archive.db"], "log": sizes.get("archive.db-wal", 0)}
