"""Files that people and the bot sent: kept in memory, with ids of this sandbox."""

import io
import mimetypes
import secrets
from dataclasses import dataclass

from PIL import Image

from sandbox.errors import bad_request
from sandbox.telegram import rules
from sandbox.telegram.message import Media

# The small size of a photo that Telegram makes in addition to the full one.
THUMBNAIL_PX = 320


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file's bytes. `kind` is photo, document, sticker or voice."""

    file_id: str
    unique_id: str
    kind: str
    name: str
    data: bytes

    def to_json(self) -> dict[str, str | int]:
        """Return a File (https://core.telegram.org/bots/api#file)."""
        return {
            "file_id": self.file_id,
            "file_unique_id": self.unique_id,
            "file_size": len(self.data),
            "file_path": f"{self.kind}s/{self.file_id}",
        }


class Files:
    """Stores uploaded files."""

    def __init__(self) -> None:
        self._files: dict[str, StoredFile] = {}
        self._media: dict[str, Media] = {}

    def add(self, kind: str, data: bytes, name: str) -> StoredFile:
        """Store bytes under a new id; equal bytes are stored as separate files."""
        file_id = f"sandbox-{secrets.token_urlsafe(16)}"
        stored = StoredFile(file_id, secrets.token_urlsafe(8), kind, name, data)
        self._files[file_id] = stored
        return stored

    def find(self, file_id: str) -> StoredFile | None:
        """Return the file, or None."""
        return self._files.get(file_id)

    def clear(self) -> None:
        """Delete all files."""
        self._files.clear()
        self._media.clear()

    def photo(self, data: bytes) -> Media:
        """Store a photo in two sizes that share its bytes; refuses other files."""
        rules.check_photo_bytes(len(data))
        width, height = _dimensions(data)
        rules.check_photo_size(width, height)
        full, small = self.add("photo", data, "photo"), self.add("photo", data, "photo")
        scale = min(1.0, THUMBNAIL_PX / max(width, height))
        sizes = [
            _size(small, max(1, round(width * scale)), max(1, round(height * scale))),
            _size(full, width, height),
        ]
        media = Media("photo", sizes)
        self._media |= {small.file_id: media, full.file_id: media}
        return media

    def document(self, data: bytes, name: str) -> Media:
        """Store a document."""
        rules.check_not_empty(len(data))
        stored = self.add("document", data, name)
        payload = {
            "file_id": stored.file_id,
            "file_unique_id": stored.unique_id,
            "file_size": len(data),
            "file_name": name,
            "mime_type": mimetypes.guess_type(name)[0] or "application/octet-stream",
        }
        media = self._media[stored.file_id] = Media("document", payload)
        return media

    def again(self, kind: str, file_id: str) -> Media:
        """Return the medium with `file_id`; refuses unknown ids and other kinds."""
        stored = self.find(file_id)
        rules.check_file(kind, file_id, known_kind=stored.kind if stored else None)
        return self._media[file_id]


def _dimensions(data: bytes) -> tuple[int, int]:
    try:
        with Image.open(io.BytesIO(data)) as image:
            return image.size
    except OSError:
        raise bad_request("IMAGE_PROCESS_FAILED") from None


def _size(stored: StoredFile, width: int, height: int) -> dict[str, str | int]:
    """Return a PhotoSize (https://core.telegram.org/bots/api#photosize)."""
    return {
        "file_id": stored.file_id,
        "file_unique_id": stored.unique_id,
        "file_size": len(stored.data),
        "width": width,
        "height": height,
    }
