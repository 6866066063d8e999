"""
A model that is made of an adapter which was trained elsewhere, or is to be asked in other words.

Everything that the command `import-adapter` does after reading its flags.
"""

import argparse
from pathlib import Path

from training.dataset.leaks import TRAINED_ON, read_trained_on
from training.errors import BadFlag
from training.model_folder.writing import describe, replacing, stamp
from triage.manifest import BaseModelRef, Manifest
from triage.taxonomy import load_taxonomy
from worker.classifiers.hub.download import fetch
from worker.classifiers.language.adapter_import import LOCAL, import_adapter
from worker.classifiers.language.memory import Hardware, WeightFormat
from worker.classifiers.language.presets import PRESETS, Preset


def make_model(flags: argparse.Namespace) -> None:
    """Check, run once and write; the folder appears when it is whole."""
    preset = PRESETS[flags.preset]
    prompt = flags.prompt or preset.prompts[0]
    if prompt not in preset.prompts:
        raise BadFlag(f"--prompt {prompt}: {preset.name} knows {' and '.join(preset.prompts)}")
    name = preset.name if prompt == preset.prompts[0] else f"{preset.name}-{prompt}"
    out = flags.out or Path("models") / name
    with replacing(out) as folder:
        manifest = _fill(folder, flags, preset, prompt=prompt, name=name)
    assert manifest.base is not None, "an adapter has a base"
    base = f"{manifest.base.id} at {manifest.base.revision}"
    print(f"{manifest.name} {manifest.version} is in {out}, over {base}")


def _fill(
    folder: Path, flags: argparse.Namespace, preset: Preset, *, prompt: str, name: str
) -> Manifest:
    """Write what is to lie in the folder; what the adapter was trained on goes along."""
    adapter = _adapter(flags.adapter or preset.adapter, preset)
    base, ref = _base(flags.base or preset.base, flags.revision or preset.revision)
    manifest = import_adapter(
        adapter,
        folder,
        base,
        ref,
        preset,
        load_taxonomy(flags.taxonomy),
        prompt=prompt,
        hardware=Hardware(flags.device, WeightFormat.NF4),
    )
    manifest = manifest.model_copy(update={"name": name})
    trained = read_trained_on(adapter / TRAINED_ON)
    return describe(folder, manifest) if trained is None else stamp(folder, manifest, trained)


def _adapter(place: str | None, preset: Preset) -> Path:
    if place is None:
        raise BadFlag(f"--adapter: none is published for {preset.name}; name a folder")
    return Path(place) if Path(place).is_dir() else fetch(place, None).folder


def _base(place: str, revision: str | None) -> tuple[Path, BaseModelRef]:
    """Return where the base lies, and what the manifest says of where it came from."""
    folder = Path(place)
    if folder.is_dir():
        return folder, BaseModelRef(id=place, revision=LOCAL)
    snapshot = fetch(place, revision)
    return snapshot.folder, BaseModelRef(id=place, revision=snapshot.revision)
