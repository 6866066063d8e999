"""
Measures `python -m worker` itself, as a process with a model in a folder and a real Redis.

The model has random weights. Charts are drawn and outcomes are published; the bot is simulated: it
pushes jobs and takes outcomes.
"""

# Imported first: it blocks a package whose binary bitsandbytes would download and run.
from benchmarks.gpu.random_model import import_random_model, write_random_files

# isort: split

import asyncio
import gc
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import Any

import torch

from benchmarks.capacity.redis_queue import AT_ONCE, Queue
from benchmarks.gpu.full_size import CannotMeasure
from benchmarks.gpu.stopwatch import forget_peak, percentiles
from benchmarks.reviews.invented import jobs
from tests.redis_server import RedisServer, find_redis
from triage.queue.messages import Job, Outcome
from worker.settings import WorkerSettings

ROOT = Path(__file__).parents[2]

# The interval at which the worker's process is checked.
LOOK_EVERY_S = 0.5
STOP_S = 30.0

METHOD = {
    "alone": "one review after the other, each pushed when the one before was answered",
    "together": "all reviews pushed as fast as Redis takes them, from the first push to the last "
    "result; push_to_result includes the wait behind the reviews before",
    "push_to_result": "from before the write to the stream of jobs until the outcome with its "
    "chart was read; Redis writes every change to disk first",
    "stages_mean_ms": "mean milliseconds of a review in the worker's window, in its batch and in "
    "its chart",
    "peak_memory": "gpu_bytes: what the GPU has less free than before the worker was started, "
    "after all reviews, since PyTorch keeps what it once took; process_bytes: the most main memory "
    "of the worker's process, without its chart processes",
}


@dataclass(frozen=True, slots=True)
class ServingPlan:
    """The parameters of a run: the reviews that are sent one by one, and those sent together."""

    preset: str
    device: str
    tiny: bool
    alone: int
    together: int
    seed: int
    chart_processes: int | None = None  # None: the worker's default


@dataclass(frozen=True, slots=True)
class Answered:
    """A review's outcome, and when its job was pushed and the outcome was read."""

    outcome: Outcome
    pushed_s: float
    came_s: float


def measure_worker(plan: ServingPlan) -> dict[str, object]:
    """Return the results; CannotMeasure if there is no Redis or no room on the disk."""
    executable = find_redis()
    if executable is None:
        raise CannotMeasure("no redis-server is found; install it")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        model = _write_model(folder / "model", plan)
        server = RedisServer(executable, folder)
        try:
            server.start()
            return {"method": METHOD, **model, **asyncio.run(_serve(plan, folder, server.url))}
        finally:
            server.kill()


def _write_model(folder: Path, plan: ServingPlan) -> dict[str, object]:
    """Write the model and describe it; its memory is free again for the worker."""
    folder.mkdir()
    began_s = time.perf_counter()
    write_random_files(folder, plan.preset, plan.device, tiny=plan.tiny, seed=plan.seed)
    written_s = time.perf_counter()
    made = import_random_model(folder, plan.preset, plan.device, tiny=plan.tiny)
    loaded_s = time.perf_counter()
    weights = "bf16" if made.parts.placement.dequantised else "nf4"
    del made
    gc.collect()
    forget_peak(plan.device)
    return {
        "preset": plan.preset,
        "weights": weights,
        "model_bytes": sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()),
        "build_and_write_s": round(written_s - began_s, 1),
        "load_and_check_s": round(loaded_s - written_s, 1),
    }


async def _serve(plan: ServingPlan, folder: Path, redis_url: str) -> dict[str, object]:
    """Start a worker on the model in `folder`, and return what it does with reviews."""
    queue = Queue(redis_url)
    (folder / "triage.key").write_text(queue.key)
    first, *rest = jobs(1 + plan.alone + plan.together, plan.seed)
    used = _used_on_gpu(plan.device)
    await queue.open()
    began_s = time.perf_counter()
    worker = _start(plan, folder, redis_url)
    try:
        await _exchange(queue, [first], worker)
        ready_s = time.perf_counter() - began_s
        alone = [one for job in rest[: plan.alone] for one in await _exchange(queue, [job], worker)]
        together = await _exchange(queue, rest[plan.alone :], worker)
        return {
            "start_to_first_result_s": round(ready_s, 1),
            "alone": _described(alone),
            "together": {**_rate(together), **_described(together)},
            "peak_memory": _memory(worker.process.pid, plan.device, used),
        }
    finally:
        worker.stop()
        await queue.aclose()


@dataclass(frozen=True, slots=True)
class WorkerProcess:
    """A running worker, the leader of a process group with its chart processes, and its log."""

    process: "subprocess.Popen[bytes]"
    log: Path

    def check(self) -> None:
        """Raise RuntimeError with its last line if it has ended."""
        if self.process.poll() is not None:
            lines = self.log.read_text(errors="replace").splitlines() or [""]
            raise RuntimeError(f"the worker ended with {self.process.returncode}: {lines[-1]}")

    def stop(self) -> None:
        """End it as an operator does, and what is left of its group."""
        try:
            self.process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(STOP_S)
        finally:  # also after a second Ctrl-C
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def _start(plan: ServingPlan, folder: Path, redis_url: str) -> WorkerProcess:
    # Settings of another worker on this machine must not apply to this one.
    others = {k: v for k, v in os.environ.items() if k.lower() not in WorkerSettings.model_fields}
    charts = {"WORKER_CHART_PROCESSES": str(plan.chart_processes)} if plan.chart_processes else {}
    # A toy's matrices are too small for several threads.
    threads = {"OMP_NUM_THREADS": "1"} if plan.tiny else {}
    environment = {
        **others,
        "PYTHONPATH": str(ROOT),
        "HF_HUB_OFFLINE": "1",
        "REDIS_URL": redis_url,
        "TRIAGE_KEY_FILE": str(folder / "triage.key"),
        "WORKER_MODEL": str(folder / "model"),
        "WORKER_DEVICE": "cpu" if plan.device == "cpu" else "cuda",
        **charts,
        **threads,
    }
    log = folder / "worker.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "worker"],
            cwd=folder,
            env=environment,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    return WorkerProcess(process, log)


async def _exchange(queue: Queue, some: Sequence[Job], worker: WorkerProcess) -> list[Answered]:
    """Push jobs, and return their outcomes in the order in which they come."""
    pushed_s: dict[object, float] = {}

    async def push() -> None:
        for first in range(0, len(some), AT_ONCE):
            part = some[first : first + AT_ONCE]
            pushed_s.update((job.review_id, time.perf_counter()) for job in part)
            await queue.publish(part)

    work = asyncio.gather(push(), queue.take(len(some)))
    try:
        while not work.done():
            worker.check()
            await asyncio.wait([work], timeout=LOOK_EVERY_S)
    finally:
        work.cancel()
        # Retrieved here, so that asyncio does not log it after an interruption.
        await asyncio.gather(work, return_exceptions=True)
    _, found = work.result()
    failed = [one for _, one in found if one.error is not None]
    if failed:
        raise RuntimeError(f"{len(failed)} of {len(some)} reviews failed: {failed[0].error}")
    return [Answered(one, pushed_s[one.review_id], at_s) for at_s, one in found]


def _rate(answers: Sequence[Answered]) -> dict[str, float]:
    pushed_s = [answer.pushed_s for answer in answers]
    took_s = max(answer.came_s for answer in answers) - min(pushed_s)
    return {
        "pushed_in_s": round(max(pushed_s) - min(pushed_s), 2),
        "seconds": round(took_s, 2),
        "reviews_per_s": round(len(answers) / took_s, 2),
    }


def _described(answers: Sequence[Answered]) -> dict[str, object]:
    timings = [answer.outcome.timings_ms for answer in answers]
    stages: Mapping[str, Sequence[int]] = {
        "waited": [t.waited for t in timings],
        "model": [t.model for t in timings],
        "chart": [t.chart for t in timings],
    }
    return {
        "reviews": len(answers),
        "push_to_result": percentiles([1000 * (a.came_s - a.pushed_s) for a in answers]),
        "stages_mean_ms": {name: round(mean(times), 1) for name, times in stages.items()},
    }


def _memory(pid: int, device: str, used_before: int | None) -> dict[str, Any]:
    used = _used_on_gpu(device)
    return {
        "gpu_bytes": None if used is None or used_before is None else used - used_before,
        "process_bytes": _most_main_memory(pid),
    }


def _used_on_gpu(device: str) -> int | None:
    """Return the bytes that all processes use on the GPU, None on a CPU."""
    if device == "cpu":
        return None
    free, total = torch.cuda.mem_get_info()
    return int(total - free)


def _most_main_memory(pid: int) -> int | None:
    """Return the peak resident memory of a process in bytes; only Linux reports it."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    return next((1024 * int(line.split()[1]) for line in lines if line.startswith("VmHWM:")), None)
