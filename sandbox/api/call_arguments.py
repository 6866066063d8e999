"""
The arguments of one call, independent of their format.

The Bot API takes URL-encoded forms, JSON and multipart forms with files
(https://core.telegram.org/bots/api#making-requests, #sending-files).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.errors import bad_request

_TRUE = frozenset({"true", "yes", "1"})

ATTACHED = "attach://"


@dataclass(frozen=True, slots=True)
class Upload:
    """A file of a multipart form."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Arguments:
    """Fields as text, and the files that they name."""

    fields: Mapping[str, str] = field(default_factory=dict)
    uploads: Mapping[str, Upload] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """Return a field, empty if it is missing."""
        return self.fields.get(name, "")

    def integer(self, name: str) -> int:
        """Return a field as a number, 0 if it is not a number."""
        try:
            return int(self.text(name))
        except ValueError:
            return 0

    def flag(self, name: str) -> bool:
        """Return whether a field is true."""
        return self.text(name).lower() in _TRUE

    def json(self, name: str) -> Any:
        """Return the value of a JSON field, None if it is missing."""
        given = self.text(name)
        try:
            return json.loads(given) if given else None
        except ValueError:
            raise bad_request(f"can't parse {name} JSON object") from None

    def upload(self, name: str, value: str) -> Upload | None:
        """Return the upload that `value` of the field `name` refers to, None for a file id."""
        if value.startswith(ATTACHED):
            found = self.uploads.get(value.removeprefix(ATTACHED))
            if found is None:
                raise bad_request("wrong file identifier/HTTP URL specified")
            return found
        return self.uploads.get(name)


def from_json(body: bytes) -> Arguments:
    """Return the arguments of a JSON body."""
    try:
        given = json.loads(body) if body.strip() else {}
    except ValueError:
        raise bad_request("can't parse JSON object") from None
    if not isinstance(given, dict):
        raise bad_request("object expected as the request's body")
    return Arguments({name: _as_field(value) for name, value in given.items() if value is not None})


def _as_field(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
