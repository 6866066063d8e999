"""
Fetches models and adapters from the Hugging Face hub into its cache; the door to its library.

The library (2.4) gives every download a temporary file of a random name and never comes back to
it, so a killed download would begin again. Large files (the hub keeps them in LFS) are therefore
brought into the cache here, under a name that a second run finds; the library does all the rest.
"""

import hashlib
import logging
import os
import re
import shutil
import time
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, cast

from httpx2 import HTTPError, InvalidURL
from huggingface_hub import HfApi, constants, get_cached_repo_tree, hf_hub_url, snapshot_download
from huggingface_hub.errors import CachedRepoTreeNotFoundError, LocalEntryNotFoundError
from huggingface_hub.file_download import http_get, repo_folder_name
from huggingface_hub.hf_api import RepoSibling
from huggingface_hub.utils import WeakFileLock, build_hf_headers, tqdm
from pydantic import SecretStr

from worker.classifiers.errors import NotFetched
from worker.classifiers.hub.file_selection import (
    UNWANTED,
    WANTED,
    chosen,
    has_weights,
    refuse_pickles,
)
from worker.classifiers.hub.progress import Progress, readable
from worker.classifiers.hub.retry import patiently, reason

logger = logging.getLogger(__name__)

# A line for each request says nothing that the progress does not.
logging.getLogger("httpx2").setLevel(logging.WARNING)

PINNED = re.compile(r"[0-9a-f]{40}")
SHA256 = re.compile(r"[0-9a-f]{64}")

# Long enough for a slow hub to list a repository, short enough to be sure that it is not there.
LISTING_S = 10.0


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A repository in the cache: its folder, and the full commit id of what lies there."""

    folder: Path
    revision: str


@dataclass(frozen=True, slots=True)
class Source:
    """The hub and the cache that the environment names (HF_ENDPOINT, HF_HOME), and our patience."""

    endpoint: str = field(default_factory=lambda: constants.ENDPOINT)
    cache: Path = field(default_factory=lambda: Path(constants.HF_HUB_CACHE))
    # Seconds before each further try of what may pass by itself.
    pauses_s: tuple[float, ...] = (1, 2, 4, 8, 16)


def fetch(
    repo: str,
    revision: str | None,
    *,
    token: SecretStr | None = None,
    source: Source | None = None,
) -> Snapshot:
    """
    Return the repository at a commit id, branch or tag (None: main), fetched where it is missing.

    A commit that lies in the cache needs no network, and neither does anything cached when the hub
    cannot be reached. Blocks until done; run it in a daemon thread, since a fetch that is cut off
    goes on where it stopped.

    Raises:
        NotFetched: always with one line that says what to do.
    """
    constants.HF_HUB_DISABLE_TELEMETRY = True  # its name in the environment is read at import
    source = source or Source()
    try:
        return _Repository(repo, _checked(token), source).fetch(revision)
    except (HTTPError, InvalidURL, OSError, ValueError, KeyError) as error:
        raise NotFetched(reason(error, repo, revision, source.endpoint, source.cache)) from error


def _checked(token: SecretStr | None) -> str | None:
    """Return the bare token; the HTTP client would quote one that cannot stand in a header."""
    bare = token.get_secret_value().strip() if token else ""
    if not re.fullmatch(r"[!-~]*", bare):
        raise NotFetched("HF_TOKEN is not a token: it may hold letters, digits and signs only")
    return bare or None


class _Repository:
    """One repository of the hub, and its folder in the cache."""

    def __init__(self, repo: str, token: str | None, source: Source) -> None:
        self._repo, self._source = repo, source
        self._folder = source.cache / str(repo_folder_name(repo_id=repo, repo_type="model"))
        # False, since None would send whatever token lies in HF_HOME.
        self._token = token or False
        self._api = HfApi(endpoint=source.endpoint, token=self._token)

    def fetch(self, revision: str | None) -> Snapshot:
        """Return the repository, from the cache alone if that can be."""
        cached = self._cached(revision)
        if cached and cached.revision == revision and self._is_listed(cached):
            return cached
        # With a model at hand nobody waits for a hub that does not answer.
        pauses_s = () if cached else self._source.pauses_s
        try:
            commit, files = patiently(lambda: self._listing(revision), pauses_s)
        except (HTTPError, OSError, NotFetched) as error:
            if cached is None:
                raise
            said = type(error).__name__
            logger.warning("the hub gave %s; %s is taken from the cache", said, self._repo)
            return cached
        if revision is None:
            logger.info("%s was not pinned: main is commit %s now", self._repo, commit)
        snapshot = self._complete(commit, files)
        self._point(revision or "main", commit)
        return snapshot

    def _cached(self, revision: str | None) -> Snapshot | None:
        """Return what the cache has, if nothing that can be known to belong to it is missing."""
        try:
            folder = self._snapshot(revision, local_files_only=True)
        except LocalEntryNotFoundError:
            return None
        return Snapshot(folder, folder.name) if has_weights(folder) else None

    def _is_listed(self, cached: Snapshot) -> bool:
        """Whether the cache knows all files of the commit; another program may not have listed."""
        try:
            get_cached_repo_tree(self._repo, revision=cached.revision, cache_dir=self._source.cache)
        except CachedRepoTreeNotFoundError:
            return False
        return True

    def _listing(self, revision: str | None) -> tuple[str, list[RepoSibling]]:
        """Return the commit id, and the files of it that are wanted."""
        try:
            info = self._api.model_info(
                self._repo, revision=revision or "main", files_metadata=True, timeout=LISTING_S
            )
            commit = info.sha or ""
            if not PINNED.fullmatch(commit):
                raise ValueError("no commit id")
        except (ValueError, KeyError, TypeError) as error:
            raise NotFetched(
                f"{self._source.endpoint} does not answer as a model hub does; check HF_ENDPOINT"
            ) from error
        files = {file.rfilename: file for file in info.siblings or ()}
        refuse_pickles(self._repo, list(files))
        return commit, [files[name] for name in chosen(list(files))]

    def _complete(self, commit: str, files: list[RepoSibling]) -> Snapshot:
        """Bring what is missing: the large files here, the others by the library."""
        missing = [file for file in files if not self._has(file, commit)]
        progress = self._progress(missing)
        if missing:
            self._refuse_full_disk(progress)
            logger.info("fetching %s at %s: %s are here", self._repo, commit, progress)
        for file in missing:
            if _is_large(file):
                self._bring(file, commit, progress)
        folder = self._snapshot(commit)
        if not has_weights(folder):
            raise NotFetched(f"{self._repo}: its index names weights that {commit} does not have")
        if missing:
            logger.info("fetched all %s of %s", readable(progress.total), self._repo)
        return Snapshot(folder, commit)

    def _point(self, revision: str, commit: str) -> None:
        """Note what a branch or tag means, for starts without the hub, once all of it is here."""
        if revision != commit:
            ref = self._folder / "refs" / revision
            ref.parent.mkdir(parents=True, exist_ok=True)
            fresh = ref.with_name(f"{ref.name}.{os.getpid()}")
            fresh.write_text(commit, encoding="ascii")
            fresh.replace(ref)

    def _has(self, file: RepoSibling, commit: str) -> bool:
        linked = (self._folder / "snapshots" / commit / file.rfilename).exists()
        return linked or (_is_large(file) and self._blob(file).exists())

    def _progress(self, missing: list[RepoSibling]) -> Progress:
        """Return how far earlier runs came."""
        parts = [_partial(self._blob(file)) for file in missing if _is_large(file)]
        done = sum(part.stat().st_size for part in parts if part.exists())
        return Progress(sum(file.size or 0 for file in missing), done, done, time.monotonic())

    def _refuse_full_disk(self, progress: Progress) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        free, needed = shutil.disk_usage(self._folder).free, progress.total - progress.done
        if free < needed:
            raise NotFetched(
                f"{self._repo}: {readable(needed)} are still to be fetched and {readable(free)} are"
                f" free in {self._source.cache}; make room or set HF_HOME to a larger disk"
            )

    def _bring(self, file: RepoSibling, commit: str, progress: Progress) -> None:
        """Put a large file into the cache, as the library would, its hash compared."""
        blob = self._blob(file)
        part = _partial(blob)
        locks = self._source.cache / ".locks" / self._folder.name
        locks.mkdir(parents=True, exist_ok=True)
        with WeakFileLock(locks / f"{blob.name}.lock"):
            if blob.exists():  # another process was faster
                return
            patiently(
                lambda: self._download(file, commit, part, progress),
                self._source.pauses_s,
                lambda: progress.done,
            )
            if _sha256(part) != blob.name:
                part.unlink()
                raise NotFetched(
                    f"{self._repo}: {file.rfilename} arrived damaged and was deleted; start again"
                )
            part.replace(blob)

    def _download(self, file: RepoSibling, commit: str, part: Path, progress: Progress) -> None:
        part.parent.mkdir(parents=True, exist_ok=True)
        with part.open("ab") as target:
            if target.tell() > (file.size or 0):
                target.truncate(0)
            http_get(
                hf_hub_url(
                    self._repo, file.rfilename, revision=commit, endpoint=self._source.endpoint
                ),
                target,
                resume_size=target.tell(),
                headers=build_hf_headers(token=self._token)
                | {"accept-encoding": "identity"},  # a range of a compressed body is of no use
                expected_size=file.size,
                tqdm_class=cast(Any, partial(_Lines, self._repo, progress)),
            )
            os.fsync(target.fileno())

    def _blob(self, file: RepoSibling) -> Path:
        assert file.lfs is not None
        return self._folder / "blobs" / str(file.lfs.sha256)

    def _snapshot(self, revision: str | None, *, local_files_only: bool = False) -> Path:
        folder = snapshot_download(
            self._repo,
            revision=revision,
            cache_dir=self._source.cache,
            endpoint=self._source.endpoint,
            token=self._token,
            allow_patterns=WANTED,
            ignore_patterns=UNWANTED,
            local_files_only=local_files_only,
            tqdm_class=cast(Any, partial(tqdm, disable=True)),  # a server's log is no terminal
        )
        return Path(folder)


class _Lines:
    """Stands where the library wants a bar for one file; writes a log line when one is due."""

    def __init__(self, repo: str, progress: Progress, **bar: object) -> None:
        self._repo, self._progress = repo, progress

    def __enter__(self) -> "_Lines":
        return self

    def __exit__(self, *_: object) -> None:
        return

    def update(self, count: float | None = 1) -> None:
        """Count bytes; fewer than none where the server began the file again."""
        if self._progress.add(int(count or 0), time.monotonic()):
            logger.info("fetched %s of %s", self._progress, self._repo)


def _is_large(file: RepoSibling) -> bool:
    """Whether the hub keeps the file in LFS, by a hash that is safe as the name of a file."""
    return file.lfs is not None and bool(SHA256.fullmatch(file.lfs.sha256))


def _partial(blob: Path) -> Path:
    return blob.with_name(f"{blob.name}.incomplete")


def _sha256(path: Path) -> str:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
