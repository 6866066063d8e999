"""
Writes a model folder atomically: a failure at any point leaves the old one unchanged.

The new folder is written as a sibling of the old one and replaces it at the end. Independent of the
kind of model.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from training.dataset.leaks import TRAINED_ON, TrainedOn, read_trained_on, write_trained_on
from training.errors import OutputInTheWay
from training.model_folder.card import render_card
from training.results.atomic_output import write_text
from triage.manifest import MANIFEST, Manifest, digest, write_manifest

CARD = "README.md"

# Measurements besides those of the manifest, written by hand; the card quotes them.
NOTES = "notes.md"


@contextmanager
def replacing(folder: Path) -> Iterator[Path]:
    """
    Yield an empty folder that replaces `folder` when the block ends without an error.

    Raises OutputInTheWay immediately if `folder` holds something other than a model.
    """
    folder = folder.resolve()
    check_replaceable(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        draft.chmod(0o755)  # a temporary folder is accessible to its owner only
        yield draft
        _swap(draft, folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def write_metadata(folder: Path, manifest: Manifest, trained: TrainedOn) -> Manifest:
    """
    Write the digests of the training texts, the card and the completed manifest into `folder`.

    The manifest has the digest of the list of training texts, so its removal is detected.
    """
    write_trained_on(folder / TRAINED_ON, trained)
    sha256 = manifest.sha256 | {TRAINED_ON: digest(folder / TRAINED_ON)}
    return write_manifest_and_card(folder, manifest.model_copy(update={"sha256": sha256}))


def write_manifest_and_card(folder: Path, manifest: Manifest) -> Manifest:
    """Write the manifest and the card rendered from it; return the manifest."""
    write_manifest(folder, manifest)
    trained = read_trained_on(folder / TRAINED_ON)
    path = folder / NOTES
    notes = path.read_text(encoding="utf-8") if path.exists() else ""
    card = render_card(manifest, texts=len(trained.keys) if trained else None, notes=notes)
    write_text(folder / CARD, card)
    return manifest


def check_replaceable(folder: Path) -> None:
    """Raise OutputInTheWay if `folder` holds something other than a model."""
    if not folder.exists():
        return
    if not folder.is_dir() or (any(folder.iterdir()) and not (folder / MANIFEST).exists()):
        raise OutputInTheWay(f"{folder}: exists and holds no model; name another or an empty one")


def _swap(draft: Path, folder: Path) -> None:
    """Replace `folder` by `draft` and remove the old folder."""
    if not folder.exists():
        draft.rename(folder)
        return
    old = draft.with_name(f"{draft.name}-old")
    move_into_place(draft, folder, old)
    shutil.rmtree(old)


def move_into_place(new: Path, folder: Path, aside: Path) -> None:
    """Rename `folder` to `aside` and `new` to `folder`; if that fails, nothing has changed."""
    folder.rename(aside)
    try:
        new.rename(folder)
    except OSError:
        aside.rename(folder)
        raise
