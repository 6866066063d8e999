"""Bot and worker on different hosts: the streams through a Redis that speaks TLS alone."""

import asyncio
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

import pytest

from tests.certificates import Certificates, make_certificates
from tests.redis_server import RedisServer
from tests.triage.queue.queues import failed, job, stream_of_jobs, stream_of_outcomes
from triage.errors import QueueUnavailable
from triage.queue.redis_check import check_redis_server
from triage.queue.streams import connect

NO_TLS = "NO TLS: install openssl and a redis-server that was built with it (Debian's was)"

pytestmark = pytest.mark.redis


def _without_tls() -> NoReturn:
    """Skip the test; on a build machine fail it, so that it is never skipped unseen."""
    if os.environ.get("CI"):
        pytest.fail(NO_TLS)
    pytest.skip(NO_TLS)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """Return a certificate for 127.0.0.1."""
    if shutil.which("openssl") is None:
        _without_tls()
    return make_certificates(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def tls_url(redis_executable: str, certificates: Certificates) -> Iterator[str]:
    """Yield the URL of a Redis that speaks TLS."""
    linked = subprocess.run(["ldd", redis_executable], capture_output=True, text=True, check=False)
    if "libssl" not in linked.stdout:
        _without_tls()
    server = RedisServer(redis_executable, certificates.folder, certificates)
    server.start()
    yield server.url
    server.kill()


async def test_a_job_and_its_outcome_are_transferred_over_tls(tls_url: str) -> None:
    bot, worker = connect(tls_url), connect(tls_url)
    await check_redis_server(worker.commands)
    jobs, taken = stream_of_jobs(bot), stream_of_jobs(worker)
    results, answered = stream_of_outcomes(worker), stream_of_outcomes(bot)
    await taken.create_group()
    await answered.create_group()

    asked = job()
    await jobs.publish(asked)
    (delivery,) = await taken.read(10)
    answer = failed(delivery.message.review_id)
    await taken.settle(delivery.entry_id, results.entry(answer, b"chart"))
    (outcome,) = await answered.read(10)

    assert delivery.message == asked
    assert (outcome.message, outcome.attachment) == (answer, b"chart")
    for connections in (bot, worker):
        await connections.aclose()


async def test_tls_files_are_loaded_once_for_all_connections(tls_url: str) -> None:
    connections = connect(tls_url)
    jobs = stream_of_jobs(connections)

    began_s = time.process_time()
    await asyncio.gather(*(jobs.publish(job()) for _ in range(50)))
    took_s = time.process_time() - began_s
    await connections.commands.flushall()
    await connections.aclose()

    assert took_s < 1, "processor time of fifty connections; each with files of its own takes 2.5 s"


@pytest.mark.parametrize(
    ("named", "remedy"),
    [
        ("rediss://127.0.0.1:{port}/0", "REDIS_URL=rediss://...?ssl_ca_certs=FILE"),
        ("rediss://localhost:{port}/0?ssl_ca_certs={ca}", "REDIS_URL as its certificate does"),
    ],
)
async def test_a_rejected_certificate_gives_a_one_line_error_with_the_remedy(
    tls_url: str, certificates: Certificates, named: str, remedy: str
) -> None:
    connections = connect(named.format(port=urlsplit(tls_url).port, ca=certificates.ca))

    with pytest.raises(QueueUnavailable) as refused:
        await check_redis_server(connections.commands)
    await connections.aclose()

    said = str(refused.value)
    assert said.startswith("Redis: its certificate is refused (")
    assert said.endswith(remedy)
    assert "\n" not in said


@pytest.mark.parametrize(
    ("url", "line"),
    [
        ("rediss://h/0?ssl_ca_certs=/no/ca.pem", "REDIS_URL: /no/ca.pem: No such file"),
        (f"rediss://h/0?ssl_ca_certs={Path(__file__)}", "test_redis_tls.py: .*no certificate"),
        ("rediss://h/0?ssl_cert_reqs=maybe", "REDIS_URL: Invalid SSL .*: maybe"),
        ("redis://h/0?ssl_ca_certs=ca.pem", "'ssl_ca_certs' is not a parameter .* need rediss://"),
        ("rediss://h/0?colour=red", "'colour' is not a parameter"),
    ],
)
def test_invalid_url_parameters_are_refused_before_connecting(url: str, line: str) -> None:
    with pytest.raises(QueueUnavailable, match=line):
        connect(url)
