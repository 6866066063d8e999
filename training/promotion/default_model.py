"""
Puts a model in the place of the one that is served by default, and takes that back.

The one before is kept beside it, under its name and `.previous`. Both ways change folders by
renaming whole ones, so a failure leaves one of the two states.
"""

import shutil
from pathlib import Path

from training.errors import BadFlag, OutputInTheWay
from training.model_folder.writing import move_into_place, replacing
from triage.manifest import MANIFEST, check_weights, read_manifest

PROMOTION = "promotion.json"


def previous(place: Path) -> Path:
    """Return where the model that was in `place` before is kept."""
    return place.with_name(f"{place.name}.previous")


def promote(model: Path, place: Path, record: str) -> None:
    """Copy `model` to `place` with the record of its gate; what was there is kept."""
    if model.resolve() == place.resolve():
        raise BadFlag(f"{model}: is already in that place")
    check_weights(model, read_manifest(model))  # out-of-fold answers say nothing of them
    if place.exists():
        with replacing(previous(place)) as draft:
            shutil.copytree(place, draft, dirs_exist_ok=True)
    with replacing(place) as draft:
        shutil.copytree(model, draft, dirs_exist_ok=True)
        (draft / PROMOTION).write_text(record, encoding="utf-8")


def rollback(place: Path) -> None:
    """
    Exchange the model in `place` with the one before; doing it again undoes it.

    Raises BadManifest where the files of the one before are not whole; nothing is changed then.
    """
    before = previous(place)
    if not (before / MANIFEST).exists():
        raise OutputInTheWay(f"{before}: holds no model, so there is nothing to go back to")
    check_weights(before, read_manifest(before))
    if not place.exists():  # a promotion or a rollback was broken off
        before.rename(place)
        return
    aside = place.with_name(f".{place.name}-aside")
    move_into_place(before, place, aside)
    aside.rename(before)
