"""
From what an operator names to a loaded and checked model: a folder, a recipe, or `auto`.

Torch and the hub are imported only for a model that needs them, so a worker for the CPU model is
installed and started without either.
"""

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType

from pydantic import SecretStr

from triage.manifest import BaseModelRef, Manifest, read_manifest
from triage.taxonomy import Taxonomy
from worker.classifiers.errors import BadModel, DoesNotFit, NoGpu, NotFetched
from worker.classifiers.language.memory import Device, Gpu, WeightFormat, lacks_room, largest_for
from worker.classifiers.language.presets import GB, PRESETS, Preset
from worker.classifiers.language.presets import KIND as TRANSFORMER
from worker.classifiers.linear import KIND as LINEAR
from worker.classifiers.linear import load_linear
from worker.classifiers.protocol import Classifier, GpuMemory, no_gpu

KINDS = (LINEAR, TRANSFORMER)

DEFAULT_MODEL = Path(__file__).parents[2] / "models" / "default"

# What `pip install` brings the language models' libraries by.
EXTRA = "feedback-triage[gpu]"


@dataclass(frozen=True, slots=True)
class Machine:
    """How language models are kept on this machine, where they are stored, and how they are had."""

    device: Device = "auto"
    weights: WeightFormat = WeightFormat.NF4
    models: Path = Path("models")
    token: SecretStr | None = None


HERE = Machine()


def load_classifier(folder: Path, taxonomy: Taxonomy, machine: Machine = HERE) -> Classifier:
    """
    Return the model in `folder`; a base that is not beside it is fetched.

    Raises BadManifest, ManifestMismatch, BadModel, DoesNotFit or NotFetched, each with the reason.
    """
    manifest = read_manifest(folder)
    if manifest.kind == LINEAR:
        return load_linear(folder, taxonomy)
    if manifest.kind == TRANSFORMER:
        return _load_transformer(folder, manifest, taxonomy, machine)
    raise BadModel(f"{folder}: its kind is {manifest.kind!r}, this worker loads {', '.join(KINDS)}")


def load_named(name: str, taxonomy: Taxonomy, machine: Machine) -> Classifier:
    """Return the model of a recipe, fetched and imported where it was not yet, or of a folder."""
    if name in PRESETS:
        return load_classifier(have(PRESETS[name], taxonomy, machine), taxonomy, machine)
    return load_classifier(Path(name), taxonomy, machine)


def recipe_for_gpu(device: Device = "auto", *, alone: bool = False) -> Preset:
    """
    Return the largest recipe that fits this machine's GPU, or would if it were `alone` there.

    Raises DoesNotFit where there is none, and GpuFailed where the GPU cannot be used.
    """
    if device == "cpu":
        raise DoesNotFit("WORKER_DEVICE=cpu leaves the GPU to others")
    gpu = _gpu()
    if alone:
        gpu = replace(gpu, free=gpu.memory)
    preset = largest_for(gpu)
    if preset is None:
        raise DoesNotFit(
            f"the GPU's {gpu.memory / GB:.1f} GB, of which {gpu.free / GB:.1f} are free, are too "
            "little for any known recipe"
        )
    return preset


def _gpu() -> Gpu:
    """Return this machine's GPU; NoGpu where PyTorch sees none, GpuFailed where it is of no use."""
    try:
        from worker.classifiers.language.placement import look_at_gpu
    except ImportError as e:
        raise NoGpu(f"no PyTorch is installed here; pip install '{EXTRA}' brings it") from e
    gpu = look_at_gpu()
    if gpu is None:
        raise NoGpu("this machine shows no GPU to PyTorch")
    return gpu


def memory_reader(classifier: Classifier) -> GpuMemory:
    """Return what tells how much of the GPU's memory is taken while `classifier` serves."""
    if classifier.manifest.kind == LINEAR:
        return no_gpu
    from worker.classifiers.language.placement import gpu_memory

    return gpu_memory


def have(preset: Preset, taxonomy: Taxonomy, machine: Machine) -> Path:
    """Return the folder of a recipe's model, made from its published adapter if it is not there."""
    folder = machine.models / preset.name
    if folder.exists():
        return folder
    adapter_id = check_obtainable(preset, machine)
    try:
        machine.models.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=machine.models).close()  # better known before gigabytes are here
        _make(folder, adapter_id, preset, taxonomy, machine)
    except OSError as e:
        if not folder.exists():  # or else another worker was faster
            raise NotFetched(
                f"{folder}: cannot be written ({e.strerror}); make room, or name a folder for "
                "models that may be written to (WORKER_MODELS)"
            ) from e
    return folder


def _make(
    folder: Path, adapter_id: str, preset: Preset, taxonomy: Taxonomy, machine: Machine
) -> None:
    """Fetch a recipe's adapter and base, and put the model that they make into `folder`."""
    options = _models().Options(machine.device, machine.weights)
    from worker.classifiers.hub.download import fetch
    from worker.classifiers.language.adapter_import import import_adapter

    adapter = fetch(adapter_id, None, token=machine.token)
    base = fetch(preset.base, preset.revision, token=machine.token)
    ref = BaseModelRef(id=preset.base, revision=base.revision)
    with tempfile.TemporaryDirectory(prefix=f".{preset.name}-", dir=machine.models) as draft:
        made = Path(draft) / preset.name
        made.mkdir()
        import_adapter(adapter.folder, made, base.folder, ref, preset, taxonomy, options=options)
        made.rename(folder)


def check_obtainable(preset: Preset, machine: Machine) -> str:
    """
    Return where the adapter of a recipe is published, after a look at what would be in vain.

    Raises BadModel where none is published, and DoesNotFit where gigabytes would be fetched for a
    GPU that is not there or does not suit the recipe.
    """
    if preset.adapter is None:
        raise BadModel(
            f"{machine.models / preset.name}: is missing, and no weights of {preset.name} are "
            f"published; train it with python -m training fit {preset.name}"
        )
    if preset.gpu_bytes is not None and machine.device != "cpu":
        try:
            gpu = _gpu()
        except NoGpu as e:
            raise DoesNotFit(
                f"{preset.name} needs a GPU: {e}; take WORKER_MODEL=auto, or WORKER_DEVICE=cpu to "
                "wait seconds for each review"
            ) from e
        from worker.classifiers.language.placement import compute_type

        compute_type(preset, gpu)
        if lacks_room(preset, gpu):
            raise DoesNotFit(
                f"{preset.name} does not fit into the {gpu.free / GB:.1f} GB that are free on the "
                "GPU; take a smaller model or end what else uses it"
            )
    return preset.adapter


def _load_transformer(
    folder: Path, manifest: Manifest, taxonomy: Taxonomy, machine: Machine
) -> Classifier:
    models = _models()
    base = base_folder(folder, manifest.base, machine.token)
    options = models.Options(machine.device, machine.weights)
    model: Classifier = models.load_model(folder, base, taxonomy, options)
    return model


def base_folder(folder: Path, ref: BaseModelRef | None, token: SecretStr | None) -> Path:
    """Return where a model's base lies: in its folder, beside it, at a path, or in the cache."""
    if ref is None:
        return folder
    for place in (folder / "base", Path(ref.id)):
        if place.is_dir():
            return place
    from worker.classifiers.hub.download import fetch

    return fetch(ref.id, ref.revision, token=token).folder


def _models() -> ModuleType:
    """Return the module `model`, which imports the libraries of the language models."""
    try:
        from worker.classifiers.language import model
    except ImportError as e:
        raise BadModel(f"language models need PyTorch; pip install '{EXTRA}' brings it") from e
    return model
