"""
Downloads models and adapters from the Hugging Face hub into its cache.

The library downloads, resumes within one process, locks and links. This module decides which files
are wanted, when the cache is enough, and what is checked before and after. Files are downloaded one
after the other, so a killed process loses one unfinished file and keeps the finished ones.
"""

import logging
import os
import re
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from httpx2 import HTTPError, InvalidURL
from huggingface_hub import (
    DryRunFileInfo,
    HfApi,
    constants,
    get_cached_repo_tree,
    hf_hub_download,
    snapshot_download,
)
from huggingface_hub.errors import CachedRepoTreeNotFoundError, LocalEntryNotFoundError
from huggingface_hub.hf_api import RepoSibling
from huggingface_hub.utils import disable_progress_bars
from pydantic import SecretStr

from triage.manifest import digest
from worker.classifiers.errors import NotFetched
from worker.classifiers.hub.file_selection import (
    UNWANTED,
    WANTED,
    has_weights,
    refuse_pickles,
)
from worker.classifiers.hub.retry import failure_reason, retry_outages
from worker.classifiers.hub.sizes import size_text

logger = logging.getLogger(__name__)

# The HTTP client logs every request; the log lines of this module are enough.
logging.getLogger("httpx2").setLevel(logging.WARNING)

PINNED = re.compile(r"[0-9a-f]{40}")

# Long enough for a slow hub to list a repository; after it the hub counts as unreachable.
LISTING_S = 10.0


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A repository in the cache: its folder, and the full id of its commit."""

    folder: Path
    revision: str


@dataclass(frozen=True, slots=True)
class Source:
    """The hub and the cache, as set in the environment (HF_ENDPOINT, HF_HOME)."""

    endpoint: str = field(default_factory=lambda: constants.ENDPOINT)
    cache: Path = field(default_factory=lambda: Path(constants.HF_HUB_CACHE))
    # Seconds before each retry during an outage.
    pauses_s: tuple[float, ...] = (1, 2, 4, 8, 16)


def fetch(
    repo: str,
    revision: str | None,
    *,
    token: SecretStr | None = None,
    source: Source | None = None,
) -> Snapshot:
    """
    Return the repository at a commit id, branch or tag (None: main), downloaded if it is missing.

    A cached commit needs no network. If the hub cannot be reached, any cached revision is used.
    Blocks until done; run it in a daemon thread, so that a stop does not wait for it.

    Raises:
        NotFetched: with one line that names the remedy.
    """
    constants.HF_HUB_DISABLE_TELEMETRY = True  # the environment variable is read only at import
    disable_progress_bars()  # a log is not a terminal
    source = source or Source()
    try:
        return _Repository(repo, _checked(token), source).fetch(revision)
    except (HTTPError, InvalidURL, OSError, ValueError, KeyError) as error:
        line = failure_reason(error, repo, revision, source.endpoint, source.cache)
        raise NotFetched(line) from error


def _checked(token: SecretStr | None) -> str | None:
    """Return the plain token; the HTTP client would quote one that is invalid in a header."""
    bare = token.get_secret_value().strip() if token else ""
    if not re.fullmatch(r"[!-~]*", bare):
        raise NotFetched("HF_TOKEN is not valid: it may hold only letters, digits and signs")
    return bare or None


class _Repository:
    """One repository of the hub."""

    def __init__(self, repo: str, token: str | None, source: Source) -> None:
        self._repo, self._source = repo, source
        # False: with None the library would send a token stored in HF_HOME.
        self._token = token or False
        self._api = HfApi(endpoint=source.endpoint, token=self._token)

    def fetch(self, revision: str | None) -> Snapshot:
        """Return the repository, from the cache alone if possible."""
        cached = self._cached(revision)
        if cached and cached.revision == revision and self._is_listed(cached):
            return cached
        # If the model is cached, a hub that does not respond is not retried.
        pauses_s = () if cached else self._source.pauses_s
        try:
            commit, files = retry_outages(lambda: self._listing(revision), pauses_s)
        except (HTTPError, OSError, NotFetched) as error:
            if cached is None:
                raise
            name = type(error).__name__
            logger.warning("the hub failed (%s); %s is taken from the cache", name, self._repo)
            return cached
        if revision is None:
            logger.info("%s is not pinned: main is commit %s now", self._repo, commit)
        snapshot = self._complete(commit, files)
        _write_ref(snapshot, revision or "main")
        return snapshot

    def _cached(self, revision: str | None) -> Snapshot | None:
        """Return the cached revision if none of its known files is missing."""
        try:
            folder = self._snapshot(revision, local_files_only=True)
        except LocalEntryNotFoundError:
            return None
        return Snapshot(folder, folder.name) if has_weights(folder) else None

    def _is_listed(self, cached: Snapshot) -> bool:
        """Whether the cache lists all files of the commit; other programs may not store a list."""
        try:
            get_cached_repo_tree(self._repo, revision=cached.revision, cache_dir=self._source.cache)
        except CachedRepoTreeNotFoundError:
            return False
        return True

    def _listing(self, revision: str | None) -> tuple[str, dict[str, RepoSibling]]:
        """Return the commit id, and the files of the commit by their name."""
        try:
            info = self._api.model_info(
                self._repo, revision=revision or "main", files_metadata=True, timeout=LISTING_S
            )
            commit = info.sha or ""
            if not PINNED.fullmatch(commit):
                raise ValueError("no commit id")
        except (ValueError, KeyError, TypeError) as error:
            raise NotFetched(
                f"{self._source.endpoint} does not respond like a model hub; check HF_ENDPOINT"
            ) from error
        files = {file.rfilename: file for file in info.siblings or ()}
        refuse_pickles(self._repo, list(files))
        return commit, files

    def _complete(self, commit: str, files: dict[str, RepoSibling]) -> Snapshot:
        """Download the missing files of a commit."""
        planned = retry_outages(lambda: self._plan(commit), self._source.pauses_s)
        missing = [file for file in planned if file.will_download]
        self._refuse_full_disk(sum(file.file_size or 0 for file in missing))
        for number, file in enumerate(missing, start=1):
            size = size_text(file.file_size or 0)
            place = f"file {number} of {len(missing)}"
            logger.info("downloading %s of %s, %s (%s)", file.filename, self._repo, place, size)
            self._download(commit, files[file.filename])
        # Links the files that another commit already has, and stores the list of all files.
        folder = retry_outages(lambda: self._snapshot(commit), self._source.pauses_s)
        if not has_weights(folder):
            raise NotFetched(f"{self._repo}: its index names weights that {commit} does not have")
        if missing:
            logger.info("downloaded %s at %s", self._repo, commit)
        return Snapshot(folder, commit)

    def _plan(self, commit: str) -> list[DryRunFileInfo]:
        """Return the wanted files by name, each with its size and whether it must be downloaded."""
        files = snapshot_download(
            self._repo,
            revision=commit,
            cache_dir=self._source.cache,
            endpoint=self._source.endpoint,
            token=self._token,
            allow_patterns=WANTED,
            ignore_patterns=UNWANTED,
            dry_run=True,
        )
        return sorted(files, key=lambda file: file.filename)

    def _refuse_full_disk(self, needed: int) -> None:
        cache = self._source.cache.absolute()
        existing = next(folder for folder in (cache, *cache.parents) if folder.exists())
        free = shutil.disk_usage(existing).free
        if free < needed:
            raise NotFetched(
                f"{self._repo}: {size_text(needed)} are still to be fetched and {size_text(free)}"
                f" are free in {self._source.cache}; make room or set HF_HOME to a larger disk"
            )

    def _download(self, commit: str, file: RepoSibling) -> None:
        """Download one file; the hash of a large one is compared with the hub's."""
        path = retry_outages(
            lambda: hf_hub_download(
                self._repo,
                file.rfilename,
                revision=commit,
                cache_dir=self._source.cache,
                endpoint=self._source.endpoint,
                token=self._token,
            ),
            self._source.pauses_s,
        )
        if file.lfs is not None and digest(Path(path)) != file.lfs.sha256:
            Path(path).resolve().unlink()
            Path(path).unlink()
            raise NotFetched(
                f"{self._repo}: {file.rfilename} arrived damaged and was deleted; start again"
            )

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
        )
        return Path(folder)


def _write_ref(snapshot: Snapshot, revision: str) -> None:
    """
    Store the commit of a branch or tag, for starts without the hub.

    The library stores it before the download, so the commit could be incomplete.
    """
    if revision == snapshot.revision:
        return
    ref = snapshot.folder.parent.parent / "refs" / revision
    ref.parent.mkdir(parents=True, exist_ok=True)
    draft = ref.with_name(f"{ref.name}.{os.getpid()}")
    draft.write_text(snapshot.revision, encoding="ascii")
    draft.replace(ref)
