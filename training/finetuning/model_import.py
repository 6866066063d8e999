"""
Makes a servable model of a published adapter, or of an adapter with another prompt.

The work of the command `import-adapter` after its flags are parsed.
"""

from pathlib import Path

from training.dataset.leaks import TRAINED_ON, read_trained_on
from training.finetuning.adapter_request import AdapterRequest
from training.model_folder.writing import replacing, write_manifest_and_card, write_metadata
from triage.manifest import BaseModelRef, Manifest
from triage.taxonomy import load_taxonomy
from worker.classifiers.hub.download import fetch
from worker.classifiers.language.adapter_import import LOCAL, import_adapter
from worker.classifiers.language.memory import Hardware, WeightFormat


def make_model(request: AdapterRequest) -> None:
    """Check, run once and write; the folder appears when it is complete."""
    with replacing(request.out) as folder:
        manifest = _fill(folder, request)
    assert manifest.base is not None, "an adapter has a base"
    base = f"{manifest.base.id} at {manifest.base.revision}"
    print(f"{manifest.name} {manifest.version} is in {request.out}, over {base}")


def _fill(folder: Path, request: AdapterRequest) -> Manifest:
    """Write the model's files; the adapter's list of training texts is copied."""
    adapter = _adapter(request.adapter)
    base, ref = _base(request.base, request.revision)
    imported = import_adapter(
        adapter,
        folder,
        base,
        ref,
        request.preset,
        load_taxonomy(request.taxonomy),
        prompt=request.prompt,
        hardware=Hardware(request.device, WeightFormat.NF4),
    )
    manifest = imported.manifest.model_copy(update={"name": request.name})
    trained = read_trained_on(adapter / TRAINED_ON)
    return (
        write_manifest_and_card(folder, manifest)
        if trained is None
        else write_metadata(folder, manifest, trained)
    )


def _adapter(place: str) -> Path:
    return Path(place) if Path(place).is_dir() else fetch(place, None).folder


def _base(place: str, revision: str | None) -> tuple[Path, BaseModelRef]:
    """Return the folder of the base, and its id and revision for the manifest."""
    folder = Path(place)
    if folder.is_dir():
        return folder, BaseModelRef(id=place, revision=LOCAL)
    snapshot = fetch(place, revision)
    return snapshot.folder, BaseModelRef(id=place, revision=snapshot.revision)
