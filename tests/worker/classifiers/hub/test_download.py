"""Fetching from a hub: a real client, a real server, connections that really break."""

import errno
import logging
import os
import random
import shutil
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

pytest.importorskip("huggingface_hub", reason="the hub's library comes with the gpu extra")

from tests.worker.classifiers.hub.hub_server import COMMIT, HubServer, Repository
from worker.classifiers.errors import NotFetched
from worker.classifiers.hub.download import Snapshot, Source, fetch
from worker.classifiers.hub.retry import failure_reason

MODEL = "team/model"
WEIGHTS = random.Random(0).randbytes(32 << 20)
PARTS = ("model-1.safetensors", "model-2.safetensors")
# The client writes what it gets in pieces of this size; of a broken one it keeps nothing.
CLIENT_PIECE = 10 << 20
OTHER_COMMIT = "f" * 40
CANARY = "hf_CANARYdoNotShowMe"


def model(**facts: object) -> Repository:
    """Return a repository as they are: more in it than a worker should take."""
    files = {
        "config.json": b'{"model_type": "tiny"}',
        "tokenizer.json": b"{}",
        "model.safetensors": WEIGHTS,
        "pytorch_model.bin": b"pickle",
        "modeling_tiny.py": b"print('never run')",
        "onnx/model.safetensors": b"nested",
        "README.md": b"read me",
    }
    return Repository(files, frozenset({"model.safetensors"}), **facts)  # type: ignore[arg-type]


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    server = HubServer()
    server.repositories[MODEL] = model()
    with server.running():
        yield server


@pytest.fixture
def source(hub: HubServer, tmp_path: Path) -> Source:
    return Source(hub.url, tmp_path / "hub", pauses_s=(0, 0))


def refused(source: Source, revision: str | None = COMMIT, **told: str) -> str:
    """Fetch in vain, and return the one line that says why."""
    token = SecretStr(told["token"]) if "token" in told else None
    with pytest.raises(NotFetched) as caught:
        fetch(told.get("repo", MODEL), revision, token=token, source=source)
    assert CANARY not in "".join(traceback.format_exception(caught.value))
    line = str(caught.value)
    assert "\n" not in line
    return line


def names(snapshot: Snapshot) -> set[str]:
    return {path.name for path in snapshot.folder.rglob("*")}


def weights(snapshot: Snapshot) -> bytes:
    return (snapshot.folder / "model.safetensors").read_bytes()


def has_written(cache: Path) -> bool:
    """Whether the client has written one piece of a file that it has not finished."""
    return any(path.stat().st_size >= CLIENT_PIECE for path in cache.rglob("*.incomplete"))


def started(home: Path, hub: HubServer, **environment: str) -> "subprocess.Popen[str]":
    """Fetch in a process of its own, which has its cache and hub from the environment."""
    code = (
        "import logging; logging.basicConfig(level='INFO');"
        "from worker.classifiers.hub.download import fetch;"
        f"print(fetch('{MODEL}', None).revision)"
    )
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    return subprocess.Popen(
        [sys.executable, "-c", code],
        env=kept | {"HF_HOME": str(home), "HF_ENDPOINT": hub.url} | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(home: Path, hub: HubServer, **environment: str) -> tuple[str, str]:
    """Fetch in a process of its own, and return what it printed and logged."""
    return started(home, hub, **environment).communicate(timeout=60)


def test_only_weights_configuration_and_tokenizer_are_downloaded(
    hub: HubServer, source: Source
) -> None:
    snapshot = fetch(MODEL, COMMIT, source=source)

    assert snapshot.revision == COMMIT
    assert names(snapshot) == {"config.json", "tokenizer.json", "model.safetensors"}
    assert weights(snapshot) == WEIGHTS
    asked = " ".join(request.path for request in hub.requests)
    assert "pytorch_model" not in asked
    assert ".py" not in asked


def test_main_is_resolved_to_its_commit_and_logged_once(
    source: Source, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)

    assert fetch(MODEL, None, source=source).revision == COMMIT

    said = [line for line in caplog.messages if "is not pinned" in line]
    assert said == [f"{MODEL} is not pinned: main is commit {COMMIT} now"]


def test_a_cached_pinned_commit_needs_no_request(hub: HubServer, source: Source) -> None:
    first = fetch(MODEL, COMMIT, source=source)
    hub.requests.clear()

    assert fetch(MODEL, COMMIT, source=source) == first
    assert hub.requests == []


@pytest.mark.parametrize("revision", [None, "main", COMMIT])
def test_the_cache_is_used_when_the_hub_is_down(
    hub: HubServer, source: Source, revision: str | None
) -> None:
    first = fetch(MODEL, None, source=source)
    hub.stop()

    assert fetch(MODEL, revision, source=source) == first


def test_main_remains_the_old_commit_until_the_new_one_is_complete(
    hub: HubServer, source: Source
) -> None:
    first = fetch(MODEL, None, source=source)
    hub.repositories[MODEL] = model(commit=OTHER_COMMIT)
    hub.repositories[MODEL].files["model.safetensors"] = WEIGHTS[::-1]
    hub.failing = [503] * 10
    refused(source, None)
    hub.stop()

    assert fetch(MODEL, None, source=source) == first


def test_weights_shared_by_two_commits_are_downloaded_once(hub: HubServer, source: Source) -> None:
    fetch(MODEL, COMMIT, source=source)
    hub.repositories[MODEL] = model(commit=OTHER_COMMIT)

    snapshot = fetch(MODEL, None, source=source)

    assert snapshot.revision == OTHER_COMMIT
    assert weights(snapshot) == WEIGHTS
    assert len(hub.transfers) == 1


def test_a_download_resumes_after_a_broken_connection(hub: HubServer, source: Source) -> None:
    hub.break_after = [CLIENT_PIECE + (1 << 20)]

    assert weights(fetch(MODEL, COMMIT, source=source)) == WEIGHTS
    assert [request.range for request in hub.transfers] == [None, f"bytes={CLIENT_PIECE}-"]


def test_a_file_whose_connection_was_reset_is_downloaded_again(
    hub: HubServer, source: Source
) -> None:
    hub.break_after = [CLIENT_PIECE + (1 << 20)]
    hub.reset_when = lambda: has_written(source.cache)

    assert weights(fetch(MODEL, COMMIT, source=source)) == WEIGHTS
    assert len(hub.transfers) == 2


def test_a_killed_process_loses_only_the_unfinished_download(
    hub: HubServer, tmp_path: Path
) -> None:
    parts = dict(zip(PARTS, (WEIGHTS, WEIGHTS[::-1]), strict=True))
    hub.repositories[MODEL] = sharded(parts, large=frozenset(parts))
    hub.piece_pause_s = 0.01
    killed = started(tmp_path, hub)
    while len(hub.transfers) < 2 or not has_written(tmp_path):
        assert killed.poll() is None, killed.communicate()
        time.sleep(0.01)
    killed.kill()
    killed.communicate()
    hub.piece_pause_s = 0

    out, err = run(tmp_path, hub)

    assert out.strip() == COMMIT, err
    first, _, again = hub.transfers
    assert again.path != first.path
    assert again.sent == len(WEIGHTS)
    for name, content in parts.items():
        assert next(tmp_path.rglob(name)).read_bytes() == content


def test_two_processes_download_a_file_once(hub: HubServer, tmp_path: Path) -> None:
    hub.piece_pause_s = 0.002
    both = [started(tmp_path, hub), started(tmp_path, hub)]

    assert [process.communicate(timeout=60)[0].strip() for process in both] == [COMMIT, COMMIT]
    assert len(hub.transfers) == 1


def test_a_temporary_hub_error_is_retried(hub: HubServer, source: Source) -> None:
    hub.failing = [503, 500]

    assert weights(fetch(MODEL, COMMIT, source=source)) == WEIGHTS


def test_a_lasting_hub_failure_gives_a_one_line_error(hub: HubServer, source: Source) -> None:
    hub.failing = [503] * 10

    line = refused(source)

    assert "cannot be reached (status 503): check the network" in line
    assert len(hub.transfers) == 3


def test_damaged_weights_are_not_stored(hub: HubServer, source: Source) -> None:
    hub.damaged = True
    assert "model.safetensors arrived damaged" in refused(source)
    hub.damaged = False

    assert weights(fetch(MODEL, COMMIT, source=source)) == WEIGHTS


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"config.json": b"{}", "pytorch_model.bin": b"pickle"}, "its weights are pickles only"),
        ({"config.json": b"{}", "x/model.safetensors": b"nested"}, "it has no weights"),
    ],
)
def test_a_repository_without_safetensors_is_refused(
    hub: HubServer, source: Source, files: dict[str, bytes], words: str
) -> None:
    hub.repositories[MODEL] = Repository(files)

    assert refused(source) == f"{MODEL}: {words}; this worker reads safetensors"
    assert hub.transfers == []


def test_the_error_for_a_gated_repository_links_to_its_terms(
    hub: HubServer, source: Source
) -> None:
    hub.repositories[MODEL] = model(gated=True)

    line = refused(source)

    assert f"accept its terms at {hub.url}/{MODEL} and set HF_TOKEN" in line


def test_a_token_gives_access_to_a_gated_private_repository(hub: HubServer, source: Source) -> None:
    hub.repositories[MODEL] = model(gated=True, private=True)

    snapshot = fetch(MODEL, COMMIT, token=SecretStr("hf_right\n"), source=source)

    assert weights(snapshot) == WEIGHTS
    assert [request.authorization for request in hub.transfers] == [None], "another host"


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"repo": "team/unknown"}, "is not at"),
        ({"repo": "team/unknown", "token": "hf_right"}, "is not at"),
        ({"repo": "a/b/c"}, "'a/b/c' is not a repository; write it as owner/name"),
        ({"token": CANARY}, "refuses the token; renew HF_TOKEN"),
        ({"token": CANARY + "\nX-Injected: 1"}, "HF_TOKEN is not valid"),
        ({"token": CANARY + "ю"}, "HF_TOKEN is not valid"),
    ],
)
def test_a_refusal_by_the_hub_gives_a_one_line_error(
    source: Source, told: dict[str, str], words: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert words in refused(source, **told)
    assert CANARY not in caplog.text


def test_the_error_names_an_unknown_revision(source: Source) -> None:
    assert f"{MODEL} has no revision v9" in refused(source, "v9")


def test_the_error_for_a_private_repository_asks_for_a_token(
    hub: HubServer, source: Source
) -> None:
    hub.repositories[MODEL] = model(private=True)

    assert "or it is private: check the name, and set HF_TOKEN" in refused(source)


def test_an_unreachable_hub_gives_a_one_line_error(hub: HubServer, source: Source) -> None:
    hub.stop()

    line = refused(source, token=CANARY)

    assert f"{hub.url} cannot be reached (ConnectError)" in line


def test_the_error_names_an_endpoint_that_is_not_a_hub(hub: HubServer, source: Source) -> None:
    line = refused(Source(hub.network_url, source.cache, ()))

    assert line == f"{hub.network_url} does not respond like a model hub; check HF_ENDPOINT"


def test_an_endpoint_without_a_scheme_is_refused(source: Source) -> None:
    assert "huggingface.co cannot be reached" in refused(Source("huggingface.co", source.cache, ()))


def test_the_error_names_an_unwritable_cache(hub: HubServer, tmp_path: Path) -> None:
    tmp_path.joinpath("file").write_text("in the way")

    line = refused(Source(hub.url, tmp_path / "file", ()))

    assert line.endswith(f"into {tmp_path / 'file'} (Not a directory)")


def test_a_disk_that_fills_during_download_gives_a_one_line_error(tmp_path: Path) -> None:
    full = OSError(errno.ENOSPC, "No space left on device")

    assert failure_reason(full, MODEL, COMMIT, "https://hub", tmp_path) == (
        f"{MODEL}: the disk of {tmp_path} is full; make room and start again"
    )


def test_insufficient_disk_space_is_reported_before_downloading(
    hub: HubServer, source: Source
) -> None:
    hub.repositories[MODEL].announced_bytes["model.safetensors"] = 10**17

    line = refused(source)

    assert f"{MODEL}: 100000000.0 GB are still to be fetched" in line
    assert "make room or set HF_HOME" in line
    assert hub.transfers == []


def test_each_downloaded_file_is_logged_without_a_progress_bar(
    hub: HubServer, tmp_path: Path
) -> None:
    out, err = run(tmp_path, hub)

    assert out.strip() == COMMIT
    lines = [line for line in err.splitlines() if "worker.classifiers.hub.download" in line]
    assert [line.rpartition("worker.classifiers.hub.download:")[2] for line in lines] == [
        f"{MODEL} is not pinned: main is commit {COMMIT} now",
        f"downloading config.json of {MODEL}, file 1 of 3 (0.0 MB)",
        f"downloading model.safetensors of {MODEL}, file 2 of 3 (33.6 MB)",
        f"downloading tokenizer.json of {MODEL}, file 3 of 3 (0.0 MB)",
        f"downloaded {MODEL} at {COMMIT}",
    ]
    assert "%|" not in err


def test_no_unneeded_token_or_path_is_sent_to_the_hub(hub: HubServer, tmp_path: Path) -> None:
    tmp_path.joinpath("token").write_text(CANARY)

    out, err = run(tmp_path, hub, HF_TOKEN=CANARY)

    assert out.strip() == COMMIT, err
    assert {request.authorization for request in hub.requests} == {None}
    paths = [request.path for request in hub.requests]
    assert [path for path in paths if MODEL not in path and "/content/" not in path] == []


def test_offline_mode_sends_no_requests(hub: HubServer, tmp_path: Path) -> None:
    run(tmp_path, hub)
    hub.requests.clear()

    out, err = run(tmp_path, hub, HF_HUB_OFFLINE="1")

    assert out.strip() == COMMIT, err
    assert hub.requests == []


def test_the_error_for_an_incomplete_offline_cache_has_the_remedy(
    hub: HubServer, tmp_path: Path
) -> None:
    run(tmp_path, hub)
    next(tmp_path.rglob("tokenizer.json")).unlink()

    _, err = run(tmp_path, hub, HF_HUB_OFFLINE="1")

    assert err.strip().splitlines()[-1] == (
        f"worker.classifiers.errors.NotFetched: {MODEL} is not complete in {tmp_path / 'hub'} and"
        " HF_HUB_OFFLINE is set: start once without it, or copy the cache of another machine"
    )


def sharded(parts: dict[str, bytes], large: frozenset[str] = frozenset()) -> Repository:
    """Return a repository with an index of two parts that has only those given."""
    index = b'{"weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors"}}'
    return Repository({"model.safetensors.index.json": index} | parts, large)


def test_a_cache_filled_by_another_program_is_used_without_the_hub(
    hub: HubServer, source: Source
) -> None:
    hub.repositories[MODEL] = sharded(dict.fromkeys(PARTS, b"part"))
    first = fetch(MODEL, COMMIT, source=source)
    shutil.rmtree(first.folder.parent.parent / "trees")
    elsewhere = Source(source.endpoint, source.cache.rename(source.cache.with_name("copy")), (0,))
    hub.stop()

    copied = fetch(MODEL, COMMIT, source=elsewhere)
    (copied.folder / "model-2.safetensors").unlink()

    assert copied.revision == COMMIT
    assert "is not complete in" in refused(elsewhere)


def test_an_index_that_names_missing_weights_is_refused(hub: HubServer, source: Source) -> None:
    hub.repositories[MODEL] = sharded({"model-1.safetensors": b"part"})

    assert "its index names weights that" in refused(source)
