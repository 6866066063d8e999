"""
Gives an existing model another rule or calibration, and a new version.

The weights stay, so the version keeps their part and gets a suffix for rule and calibration.
"""

import hashlib
import os
import shutil
from pathlib import Path

from training.model_folder.writing import replacing, write_manifest_and_card
from triage.manifest import Manifest, QualityMetrics


def revise(folder: Path, manifest: Manifest, name: str, resolved: str) -> Manifest:
    """
    Write `manifest` and `resolved`, as `name`.json, into the model's folder.

    The folder is replaced as a whole; unchanged files are hard-linked, not copied.
    """
    revised = manifest.model_copy(update={"version": _version(manifest)})
    with replacing(folder) as draft:
        shutil.copytree(folder, draft, dirs_exist_ok=True, copy_function=_link)
        for path in (draft / "manifest.json", draft / "README.md", draft / f"{name}.json"):
            path.unlink(missing_ok=True)  # a write would change the linked original
        (draft / f"{name}.json").write_text(resolved + "\n", encoding="utf-8")
        return write_manifest_and_card(draft, revised)


def is_revised(manifest: Manifest) -> bool:
    """Return whether rule or calibration were fitted on the model's out-of-fold answers."""
    return "+" in manifest.version


def with_metrics(manifest: Manifest, measured: QualityMetrics, before: str) -> Manifest:
    """Return a manifest with `measured` first; the older metrics are marked with `before`."""
    older = (one.model_copy(update={"how": f"{one.how} ({before})"}) for one in manifest.metrics)
    return manifest.model_copy(update={"metrics": (measured, *older)})


def _version(manifest: Manifest) -> str:
    weights = manifest.version.partition("+")[0]
    answers = manifest.model_dump_json(include={"rule", "calibration"}, by_alias=True)
    return f"{weights}+{hashlib.sha256(answers.encode()).hexdigest()[:6]}"


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # no hard links, or another file system
        shutil.copy2(source, target)
