"""
A worker process with the CPU model: for benchmarks.capacity.one_review.

python -m benchmarks.capacity.worker_process REDIS_URL KEY CHART_PROCESSES

With 0 processes it answers without charts.
"""

import asyncio
import sys
from collections.abc import Sequence

from charts.pool import DrawingPool
from triage.cascade import Decision, Rule
from triage.queue.stream_factory import job_stream, outcome_stream
from triage.queue.streams import connect
from triage.review import Language
from triage.sealing import Seal
from triage.taxonomy import load_taxonomy
from worker.chart_drawing import Drawing
from worker.classifiers.loading import DEFAULT_MODEL, load_classifier
from worker.loop import Worker
from worker.settings import WorkerSettings
from worker.shutdown import run_until_cancelled


async def draw_nothing(
    probabilities: Sequence[float], decision: Decision, rule: Rule, language: Language
) -> bytes:
    """Answer without a chart."""
    return b""


async def main(url: str, key: str, chart_processes: str) -> None:
    """Work until killed."""
    seal, connections, taxonomy = Seal([key.encode()]), connect(url), load_taxonomy()
    classifier = load_classifier(DEFAULT_MODEL, taxonomy)
    draw = draw_nothing
    if int(chart_processes):
        drawing = Drawing(DrawingPool(int(chart_processes)), taxonomy)
        await drawing.warm_up(classifier.manifest.rule)
        draw = drawing.draw
    worker = Worker(
        job_stream(connections, seal),
        outcome_stream(connections, seal),
        classifier,
        draw,
        max_batch_tokens=WorkerSettings.model_fields["worker_max_batch_tokens"].default,
    )
    await run_until_cancelled(worker)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
