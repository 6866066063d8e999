"""
Makes a servable model of a published adapter: checks it, runs it once, writes its manifest.

Adapter and base are folders, or repositories of the hub, which are fetched and pinned. What is
written is the adapter and a manifest; the base stays where it is.
"""

import argparse
from pathlib import Path

from training.errors import BadFlag
from training.model_folder.writing import replacing
from triage.manifest import BaseModelRef
from triage.taxonomy import DEFAULT_TAXONOMY, load_taxonomy
from worker.hub import fetch
from worker.importing import LOCAL, import_adapter
from worker.memory import Weights
from worker.model import Options
from worker.presets import PRESETS, Preset


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add this command to the parser."""
    parser = commands.add_parser("import-adapter", description=__doc__)
    add = parser.add_argument
    add(
        "preset", choices=[p.name for p in PRESETS.values() if p.lora], help="recipe of the adapter"
    )
    add("--adapter", help="folder or repository (default: where the recipe's is published)")
    add("--base", help="folder or repository (default: the recipe's)")
    add("--revision", help="commit of the base (default: the recipe's, or the newest)")
    add("--out", type=Path, help="folder of the model (default: models/PRESET)")
    add("--prompt", help="version of the wording (default: the recipe's first)")
    add("--taxonomy", type=Path, default=DEFAULT_TAXONOMY, help="file of the classes")
    add("--device", choices=("auto", "cuda", "cpu"), default="auto", help="where it is run once")
    parser.set_defaults(run=run)


def run(flags: argparse.Namespace) -> None:
    """Write the model's folder, whole or not at all."""
    preset, taxonomy = PRESETS[flags.preset], load_taxonomy(flags.taxonomy)
    prompt = flags.prompt or preset.prompts[0]
    if prompt not in preset.prompts:
        raise BadFlag(f"--prompt {prompt}: {preset.name} knows {' and '.join(preset.prompts)}")
    adapter = _adapter(flags.adapter or preset.adapter, preset)
    base, ref = _base(flags.base or preset.base, flags.revision or preset.revision)
    out = flags.out or Path("models") / preset.name
    with replacing(out) as folder:
        manifest = import_adapter(
            adapter,
            folder,
            base,
            ref,
            preset,
            taxonomy,
            prompt=prompt,
            options=Options(flags.device, Weights.NF4),
        )
    print(f"{manifest.name} {manifest.version} is in {out}, over {ref.id} at {ref.revision}")


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
