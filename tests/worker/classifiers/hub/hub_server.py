"""
A small model hub on this machine, for tests of fetching: it serves what the client asks for.

Large files are redirected to a second port, as the hub does to its content network. Faults are set
as attributes; every request is noted with what was sent for it.
"""

import contextlib
import hashlib
import json
import re
import socket
import struct
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import ClassVar
from urllib.parse import unquote, urlsplit

COMMIT = "0123456789abcdef0123456789abcdef01234567"

# What goes out in one piece, so that a connection may break between two.
PIECE_BYTES = 1 << 16

ASKED = re.compile(
    r"(/api/models)?/(?P<repo>[^/]+/[^/]+)/(?P<verb>revision|tree|resolve)/(?P<revision>[^/]+)"
    r"(/(?P<name>.+))?"
)

RESET = struct.pack("ii", 1, 0)  # SO_LINGER that makes close() send a reset


@dataclass(slots=True)
class Request:
    """One request, and what was answered."""

    method: str
    path: str
    range: str | None
    authorization: str | None
    sent: int = 0


@dataclass(slots=True)
class Repository:
    """The files of one commit; those named in `large` are kept apart, as LFS does."""

    files: dict[str, bytes]
    large: frozenset[str] = frozenset()
    commit: str = COMMIT
    gated: bool = False
    private: bool = False
    announced_bytes: dict[str, int] = field(default_factory=dict)

    def size(self, name: str) -> int:
        """Return how large the hub says the file is."""
        return self.announced_bytes.get(name, len(self.files[name]))

    def entry(self, name: str) -> dict[str, object]:
        """Return the file as the hub's listings show it."""
        body = self.files[name]
        git_id = _git_id(body)
        entry: dict[str, object] = {"size": self.size(name), "blobId": git_id, "oid": git_id}
        if name in self.large:
            lfs = {"size": self.size(name), "pointerSize": 134}
            entry["lfs"] = lfs | {"sha256": _sha256(body), "oid": _sha256(body)}
        return entry

    def etag(self, name: str) -> str:
        """Return what the hub calls the content."""
        entry = self.entry(name)
        return _sha256(self.files[name]) if name in self.large else str(entry["oid"])


class HubServer:
    """Serves `repositories` to holders of `token`, with the faults that a test sets."""

    def __init__(self) -> None:
        self.repositories: dict[str, Repository] = {}
        self.token = "hf_right"
        self.requests: list[Request] = []
        self.break_after: list[int] = []  # a large file breaks off after so many bytes, once each
        # When a break is to be a reset, which takes from the client what it has not read yet.
        self.reset_when: Callable[[], bool] | None = None
        self.failing: list[int] = []  # statuses that the next large files are answered with
        self.damaged = False  # whether large files arrive with their first byte changed
        self.piece_pause_s = 0.0
        self._hub, self._network = self._listening(_Hub), self._listening(_Network)

    def _listening(self, kind: type["_Handler"]) -> ThreadingHTTPServer:
        handler = type(kind.__name__, (kind,), {"hub": self})
        return ThreadingHTTPServer(("127.0.0.1", 0), handler)

    @property
    def url(self) -> str:
        """The endpoint."""
        return f"http://127.0.0.1:{self._hub.server_port}"

    @property
    def network_url(self) -> str:
        """Where large files lie; another origin than the endpoint."""
        return f"http://127.0.0.1:{self._network.server_port}"

    @property
    def transfers(self) -> list[Request]:
        """What was asked of the content network."""
        return [request for request in self.requests if request.path.startswith("/content/")]

    @contextlib.contextmanager
    def running(self) -> Iterator["HubServer"]:
        """Serve until left."""
        for server in (self._hub, self._network):
            Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield self
        finally:
            self.stop()

    def stop(self) -> None:
        """Stop serving: whoever connects now is refused."""
        for server in (self._hub, self._network):
            server.shutdown()
            server.server_close()


class _Handler(BaseHTTPRequestHandler):
    hub: ClassVar[HubServer]
    # Of HTTP/1.0, the default, no connection outlives its answer: who is stopped is silent at once.

    def log_request(self, code: object = "-", size: object = "-") -> None:
        """Say nothing: the requests are noted."""

    def do_HEAD(self) -> None:
        self._noted()

    def do_GET(self) -> None:
        self._noted()

    def _noted(self) -> None:
        headers = self.headers
        request = Request(self.command, self.path, headers["Range"], headers["Authorization"])
        self.hub.requests.append(request)
        with contextlib.suppress(ConnectionError):  # the client was killed
            self.answer(request)

    def answer(self, request: Request) -> None:
        raise NotImplementedError

    def _start(self, status: int, length: int, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(length))
        self.end_headers()

    def _refuse(self, status: int, code: str = "") -> None:
        self._start(status, 0, X_Error_Code=code, X_Error_Message=code)


class _Hub(_Handler):
    """The endpoint: listings, small files, and redirects to the large ones."""

    def answer(self, request: Request) -> None:
        asked = ASKED.fullmatch(unquote(urlsplit(self.path).path))
        repository = self.hub.repositories.get(asked["repo"]) if asked else None
        allowed = request.authorization == f"Bearer {self.hub.token}"
        if request.authorization and not allowed:
            self._start(401, 0, X_Error_Message="Invalid credentials in Authorization header")
        elif asked is None or repository is None or (repository.private and not allowed):
            self._refuse(404 if allowed else 401, "RepoNotFound")
        elif asked["revision"] not in ("main", repository.commit):
            self._refuse(404, "RevisionNotFound")
        elif asked["verb"] == "resolve" and repository.gated and not allowed:
            self._refuse(401, "GatedRepo")
        elif asked["verb"] == "resolve":
            self._file(request, repository, asked["name"])
        else:
            self._listing(repository, asked["verb"])

    def _listing(self, repository: Repository, verb: str) -> None:
        if verb == "tree":
            self._json(
                [{"type": "file", "path": n} | repository.entry(n) for n in repository.files]
            )
        else:
            files = [{"rfilename": name} | repository.entry(name) for name in repository.files]
            self._json({"id": "any/name", "sha": repository.commit, "siblings": files})

    def _json(self, value: object) -> None:
        body = json.dumps(value).encode()
        self._start(200, len(body), Content_Type="application/json")
        self.wfile.write(body)

    def _file(self, request: Request, repository: Repository, name: str) -> None:
        etag, size = f'"{repository.etag(name)}"', repository.size(name)
        known = {"X_Repo_Commit": repository.commit, "X_Linked_Etag": etag, "ETag": etag}
        known["X_Linked_Size"] = str(size)
        if name in repository.large:
            place = f"{self.hub.network_url}/content/{repository.etag(name)}"
            self._start(302, 0, Location=place, **known)
            return
        self._start(200, size, **known)
        if self.command == "GET":
            self.wfile.write(repository.files[name])
            request.sent = size


class _Network(_Handler):
    """The content network: large files by their hash, in ranges."""

    def answer(self, request: Request) -> None:
        if self.hub.failing:
            self._refuse(self.hub.failing.pop(0))
            return
        everything = [f for r in self.hub.repositories.values() for f in r.files.values()]
        hashed = {_sha256(content): content for content in everything}
        body = hashed.get(self.path.removeprefix("/content/"), b"<html>This is no hub.</html>")
        if self.hub.damaged:
            body = bytes([body[0] ^ 1]) + body[1:]
        first = 0
        if request.range:
            first = int(request.range.removeprefix("bytes=").removesuffix("-"))
            where = f"bytes {first}-{len(body) - 1}/{len(body)}"
            self._start(206, len(body) - first, Content_Range=where)
        else:
            self._start(200, len(body))
        self._send(request, body[first:])

    def _send(self, request: Request, body: bytes) -> None:
        ends = self.hub.break_after.pop(0) if self.hub.break_after else len(body)
        for start in range(0, min(ends, len(body)), PIECE_BYTES):
            piece = body[start : min(start + PIECE_BYTES, ends)]
            self.wfile.write(piece)
            request.sent += len(piece)
            time.sleep(self.hub.piece_pause_s)
        if ends < len(body):
            self._break_off()

    def _break_off(self) -> None:
        self.wfile.flush()
        if self.hub.reset_when:
            while not self.hub.reset_when():
                time.sleep(0.01)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            self.connection.close()
        self.close_connection = True


@cache
def _git_id(body: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(body) + body).hexdigest()


@cache
def _sha256(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
