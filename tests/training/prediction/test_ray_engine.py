"""
The engine on Ray gives what the local one gives, on a small real cluster of this machine.

With Ray the command runs in processes of its own: Ray warns of itself, and a killed run must be a
process.
"""

import csv
import importlib.util
import os
import random
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import numpy as np
import pytest

from tests.training.samples import DEAR, HEADER, SLOW, THANKS, write_csv
from training.__main__ import main
from training.prediction.probability_file import read_scored
from training.prediction.scoring import CHUNK
from triage.taxonomy import load_taxonomy

ROOT = Path(__file__).parents[3]
MODEL = ROOT / "models" / "linear"
CLASSES = load_taxonomy().ids

TRAINING = (sys.executable, "-m", "training")

PATIENCE_S = 110

LOOPBACK = "127.0.0.1"

# A cluster with a token that only this machine can reach.
CLUSTER = {
    **os.environ,
    "RAY_AUTH_MODE": "token",
    "RAY_AUTH_TOKEN": secrets.token_hex(32),
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
}

NO_RAY = "NO RAY: pip install 'feedback-triage[ray]' brings it; bulk scoring is not tested without"

# One cluster for all of them.
pytestmark = pytest.mark.xdist_group("ray")


def _without_ray() -> NoReturn:
    """Skip the test; on a build machine fail it, so that it is never skipped unseen."""
    if os.environ.get("CI"):
        pytest.fail(NO_RAY)
    pytest.skip(NO_RAY)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def ray_address() -> Iterator[str]:
    """Yield the address of a cluster of two cores that only this machine reaches."""
    if importlib.util.find_spec("ray") is None:
        _without_ray()
    address = f"{LOOPBACK}:{_free_port()}"
    # Paths of its sockets must be short.
    folder = tempfile.mkdtemp(prefix="ray-", dir="/tmp")
    command = [sys.executable, "-m", "ray.scripts.scripts", "start", "--head", "--block"]
    limits = ["--num-cpus=2", "--num-gpus=0", f"--object-store-memory={100 * 2**20}"]
    quiet = ["--include-dashboard=false", "--disable-usage-stats", f"--temp-dir={folder}"]
    where = [f"--node-ip-address={LOOPBACK}", f"--port={address.split(':')[1]}"]
    process = subprocess.Popen(
        [*command, *limits, *quiet, *where],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        env=CLUSTER,
    )
    yield address
    os.killpg(process.pid, signal.SIGKILL)  # asked politely it waits for half a minute
    process.wait()
    shutil.rmtree(folder, ignore_errors=True)


def reviews(path: Path, count: int) -> Path:
    """Write invented reviews whose indices are in no order."""
    chance = random.Random(count)
    indices = chance.sample(range(10 * count), count)
    rows = [
        (str(index), f"{chance.randrange(7)}.0", "{PRICE,DELIVERY}" if index % 2 else "", text)
        for index in indices
        for text in [". ".join(chance.sample((*SLOW, *DEAR, *THANKS, ""), 3))]
    ]
    return write_csv(path, rows, HEADER[:4])


def arguments(data: Path, out: Path, *flags: str, model: Path = MODEL) -> list[str]:
    kept = f"--probabilities={out.with_suffix('.npz')}"
    return ["predict", f"--model={model}", f"--data={data}", f"--out={out}", kept, *flags]


def predict_here(data: Path, out: Path) -> int:
    """Run the command with the local engine in this process and return its exit code."""
    return main(arguments(data, out))


def predict(data: Path, out: Path, *flags: str, model: Path = MODEL) -> tuple[int, str]:
    """Run the command and return its exit code and the last line on standard error."""
    done = subprocess.run(
        [*TRAINING, *arguments(data, out, *flags, model=model)],
        cwd=ROOT,
        env=CLUSTER if any("--address" in flag for flag in flags) else None,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    return done.returncode, "".join(done.stderr.splitlines()[-1:])


def test_two_ray_processes_give_the_same_result_as_the_local_engine(
    ray_address: str, tmp_path: Path
) -> None:
    data = reviews(tmp_path / "new.csv", 2 * CHUNK + 17)
    local, far = tmp_path / "local.csv", tmp_path / "far.csv"

    assert predict_here(data, local) == 0
    code, said = predict(data, far, "--engine=ray", "--workers=2", f"--address={ray_address}")

    assert code == 0, said
    assert far.read_bytes() == local.read_bytes()
    with data.open(encoding="utf-8", newline="") as file:
        expected = [int(row["index"]) for row in csv.DictReader(file)]
    ours, theirs = (read_scored(out.with_suffix(".npz"), CLASSES) for out in (local, far))
    assert theirs.index.tolist() == expected
    assert np.array_equal(theirs.probabilities, ours.probabilities)
    assert not (tmp_path / "far.csv.part").exists()


def test_a_killed_run_resumes_where_it_stopped(ray_address: str, tmp_path: Path) -> None:
    data, out = reviews(tmp_path / "new.csv", 20 * CHUNK), tmp_path / "out.csv"
    part = tmp_path / "out.csv.part"
    out.write_text("old")
    ray_engine = ("--engine=ray", f"--address={ray_address}")
    row_bytes = 4 * len(CLASSES)

    with subprocess.Popen(
        [*TRAINING, *arguments(data, out, *ray_engine)],
        cwd=ROOT,
        stderr=subprocess.DEVNULL,
        env=CLUSTER,
    ) as run:
        while not (part.exists() and part.stat().st_size > CHUNK * row_bytes):
            assert run.poll() is None, "the run ended before it could be killed"
            time.sleep(0.02)
        run.kill()
    assert out.read_text() == "old", "nothing is overwritten before the end"

    # A row that no model gives shows that what was done is not done again.
    content = bytearray(part.read_bytes())
    first = content.index(b"\n") + 1
    content[first : first + row_bytes] = np.full(len(CLASSES), 0.25, np.float32).tobytes()
    part.write_bytes(content)
    code, said = predict(data, out, *ray_engine)

    assert code == 0, said
    found = read_scored(out.with_suffix(".npz"), CLASSES).probabilities
    assert (found[0] == 0.25).all()
    assert predict_here(data, tmp_path / "local.csv") == 0
    whole = read_scored(tmp_path / "local.npz", CLASSES).probabilities
    assert np.array_equal(found[1:], whole[1:])


def test_unloadable_weights_in_a_process_give_a_one_line_error(
    ray_address: str, tmp_path: Path
) -> None:
    data, model = reviews(tmp_path / "new.csv", 10), tmp_path / "model"
    shutil.copytree(MODEL, model)
    (model / "weights.safetensors").write_bytes(b"cut off")

    flags = ("--engine=ray", "--workers=1", f"--address={ray_address}")
    code, said = predict(data, tmp_path / "out.csv", *flags, model=model)

    assert code == 1
    assert said.startswith("error: Ray: BadManifest: ")
    assert "weights.safetensors: SHA-256 is " in said
    assert not (tmp_path / "out.csv").exists()


def test_the_error_names_an_unreachable_cluster(ray_address: str, tmp_path: Path) -> None:
    nowhere = f"127.0.0.1:{_free_port()}"
    data = reviews(tmp_path / "new.csv", 10)

    code, said = predict(data, tmp_path / "out.csv", "--engine=ray", f"--address={nowhere}")

    assert code == 1
    assert said.startswith(f"error: Ray at {nowhere}: ")


def test_without_an_address_a_local_cluster_is_started(tmp_path: Path) -> None:
    if importlib.util.find_spec("ray") is None:
        _without_ray()
    data = reviews(tmp_path / "new.csv", CHUNK + 1)

    assert predict_here(data, tmp_path / "local.csv") == 0
    code, said = predict(data, tmp_path / "own.csv", "--engine=ray", "--workers=1")

    assert code == 0, said
    assert (tmp_path / "own.csv").read_bytes() == (tmp_path / "local.csv").read_bytes()
