"""
Writes a model folder so that a failure at any point leaves the old one as it was.

The new folder grows beside the old one and takes its place at the end. Knows nothing of what
kind of model is in it.
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


@contextmanager
def replacing(folder: Path) -> Iterator[Path]:
    """
    Yield an empty folder that takes the place of `folder` when the block ends without an error.

    Raises OutputInTheWay at once where `folder` holds something that is no model.
    """
    folder = folder.resolve()
    check_replaceable(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        draft.chmod(0o755)  # a temporary folder is its owner's alone, a model need not be
        yield draft
        _swap(draft, folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def write_metadata(folder: Path, manifest: Manifest, trained: TrainedOn) -> Manifest:
    """
    Write into `folder` what its model was trained on, its card and its completed manifest.

    What it was trained on counts among its weights: it cannot be taken away unnoticed.
    """
    write_trained_on(folder / TRAINED_ON, trained)
    sha256 = manifest.sha256 | {TRAINED_ON: digest(folder / TRAINED_ON)}
    return write_manifest_and_card(folder, manifest.model_copy(update={"sha256": sha256}))


def write_manifest_and_card(folder: Path, manifest: Manifest) -> Manifest:
    """Write a manifest, and the card that is made from it, and return it."""
    write_manifest(folder, manifest)
    trained = read_trained_on(folder / TRAINED_ON)
    card = render_card(manifest, texts=len(trained.keys) if trained else None)
    write_text(folder / CARD, card)
    return manifest


def check_replaceable(folder: Path) -> None:
    """Raise OutputInTheWay where `folder` holds something that is no model."""
    if not folder.exists():
        return
    if not folder.is_dir() or (any(folder.iterdir()) and not (folder / MANIFEST).exists()):
        raise OutputInTheWay(f"{folder}: is there and holds no model; name another or an empty one")


def _swap(draft: Path, folder: Path) -> None:
    """Put `draft` at `folder`; what was there goes to the end of the old name and then away."""
    if not folder.exists():
        draft.rename(folder)
        return
    old = draft.with_name(f"{draft.name}-old")
    move_into_place(draft, folder, old)
    shutil.rmtree(old)


def move_into_place(new: Path, folder: Path, aside: Path) -> None:
    """Rename `folder` to `aside` and `new` to `folder`; where that fails nothing has changed."""
    folder.rename(aside)
    try:
        new.rename(folder)
    except OSError:
        aside.rename(folder)
        raise
