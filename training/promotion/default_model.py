"""
Replaces the default model, and rolls back.

The previous model is kept in a sibling folder with the suffix `.previous`. Both operations rename
whole folders, so a failure leaves one of the two states.
"""

import shutil
from pathlib import Path

from training.errors import BadFlag, OutputInTheWay
from training.model_folder.writing import check_replaceable, move_into_place, replacing
from triage.manifest import MANIFEST, check_weights, read_manifest

PROMOTION = "promotion.json"


def previous(place: Path) -> Path:
    """Return the folder of the model that was in `place` before."""
    return place.with_name(f"{place.name}.previous")


def has_model(place: Path) -> bool:
    """
    Return whether a model is in `place`; a missing or empty folder has none.

    Raises OutputInTheWay if the folder holds something else, or if only the previous model is left.
    """
    if (place / MANIFEST).exists():
        return True
    check_replaceable(place)
    if (previous(place) / MANIFEST).exists():
        raise OutputInTheWay(
            f"{place}: has no model, but {previous(place)} has one; "
            f"restore it with rollback --place {place}"
        )
    return False


def promote(model: Path, place: Path, record: str) -> None:
    """Copy `model` to `place` with the record of its metrics; a model that is there is kept."""
    if model.resolve() == place.resolve():
        raise BadFlag(f"{model}: is already in that place")
    check_weights(model, read_manifest(model))  # out-of-fold metrics do not check the weights
    if (place / MANIFEST).exists():
        with replacing(previous(place)) as draft:
            shutil.copytree(place, draft, dirs_exist_ok=True)
    with replacing(place) as draft:
        shutil.copytree(model, draft, dirs_exist_ok=True)
        (draft / PROMOTION).write_text(record, encoding="utf-8")


def rollback(place: Path) -> None:
    """
    Exchange the model in `place` with the previous one; a second call undoes it.

    Raises BadManifest, and changes nothing, if the files of the previous model are not intact.
    """
    before = previous(place)
    if not (before / MANIFEST).exists():
        raise OutputInTheWay(f"{before}: has no model, so a rollback is not possible")
    check_weights(before, read_manifest(before))
    if not place.exists():  # a promotion or a rollback was interrupted
        before.rename(place)
        return
    aside = place.with_name(f".{place.name}-aside")
    move_into_place(before, place, aside)
    aside.rename(before)
