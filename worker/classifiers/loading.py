"""
Loads and checks the model that an operator names: a folder, a recipe, or `auto`.

Torch and the hub's library are imported only for a model that needs them, so a worker for the CPU
model runs without either.
"""

import logging
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType, ModuleType

from pydantic import SecretStr

from triage.manifest import BaseModelRef, Manifest, read_manifest
from triage.taxonomy import Taxonomy
from worker.classifiers.encoder.blended_model import KIND as CPU
from worker.classifiers.encoder.blended_model import load_cpu
from worker.classifiers.encoder.taxonomy_model import KIND as FROM_TAXONOMY
from worker.classifiers.encoder.taxonomy_model import load_from_taxonomy
from worker.classifiers.errors import (
    BadModel,
    DoesNotFit,
    NoEncoder,
    NoGpu,
    NotFetched,
    UnseenGpu,
)
from worker.classifiers.gpu_driver import find_gpu, unseen_reason
from worker.classifiers.language.memory import (
    DEFAULT_HARDWARE,
    Device,
    Gpu,
    Hardware,
    lacks_room,
    largest_for,
)
from worker.classifiers.language.presets import GB, PRESETS, Preset
from worker.classifiers.language.presets import KIND as TRANSFORMER
from worker.classifiers.linear import KIND as LINEAR
from worker.classifiers.linear import load_linear
from worker.classifiers.protocol import Classifier, GpuMemory, no_gpu

logger = logging.getLogger(__name__)

# The loaders of the kinds that need neither PyTorch nor a hub.
ON_CPU: Mapping[str, Callable[[Path, Taxonomy], Classifier]] = MappingProxyType(
    {LINEAR: load_linear, CPU: load_cpu, FROM_TAXONOMY: load_from_taxonomy}
)
KINDS = (*ON_CPU, TRANSFORMER)

SHIPPED = Path(__file__).parents[2] / "models"
DEFAULT_MODEL = SHIPPED / "default"

# Serves if the default model's encoder is not installed.
NGRAM_MODEL = SHIPPED / "linear"

# The package that installs the language models' libraries.
EXTRA = "feedback-triage[gpu]"


@dataclass(frozen=True, slots=True)
class ModelSource:
    """Where models are stored, the token that downloads them, and the hardware they run on."""

    hardware: Hardware = DEFAULT_HARDWARE
    models: Path = Path("models")
    token: SecretStr | None = None


DEFAULT_SOURCE = ModelSource()


def load_classifier(
    folder: Path, taxonomy: Taxonomy, source: ModelSource = DEFAULT_SOURCE
) -> Classifier:
    """
    Return the model in `folder`; a base that is not stored with it is downloaded.

    Raises BadManifest, ManifestMismatch, BadModel, DoesNotFit or NotFetched, each with the reason.
    """
    manifest = read_manifest(folder)
    if manifest.kind in ON_CPU:
        return ON_CPU[manifest.kind](folder, taxonomy)
    if manifest.kind == TRANSFORMER:
        return _load_transformer(folder, manifest, taxonomy, source)
    raise BadModel(f"{folder}: its kind is {manifest.kind!r}, this worker loads {', '.join(KINDS)}")


def load_default(taxonomy: Taxonomy) -> Classifier:
    """Return the default model, or the n-gram model if the encoder's package is not installed."""
    try:
        return load_classifier(DEFAULT_MODEL, taxonomy)
    except NoEncoder as e:
        logger.warning("the n-gram model serves, which is less accurate: %s", e)
        return load_classifier(NGRAM_MODEL, taxonomy)


def load_preset_or_folder(name: str, taxonomy: Taxonomy, source: ModelSource) -> Classifier:
    """Return the model of a folder, or of a recipe, which is downloaded and imported if needed."""
    if name in PRESETS:
        return load_preset(PRESETS[name], taxonomy, source)
    if Path(name).resolve() == DEFAULT_MODEL:
        return load_default(taxonomy)
    return load_classifier(Path(name), taxonomy, source)


def recipe_for_gpu(device: Device = "auto", *, alone: bool = False) -> Preset:
    """
    Return the largest recipe that fits this machine's GPU, or would fit if it were `alone` there.

    Raises DoesNotFit if there is none, and GpuFailed if the GPU cannot be used.
    """
    if device == "cpu":
        raise NoGpu("WORKER_DEVICE=cpu does not use the GPU")
    gpu = require_gpu()
    if alone:
        gpu = replace(gpu, free=gpu.memory)
    preset = largest_for(gpu)
    if preset is None:
        raise DoesNotFit(
            f"the GPU's {gpu.memory / GB:.1f} GB, of which {gpu.free / GB:.1f} are free, are too "
            "little for any known recipe"
        )
    return preset


def require_gpu() -> Gpu:
    """Return this machine's GPU; NoGpu if PyTorch sees none, GpuFailed if it cannot be used."""
    try:
        from worker.classifiers.language.placement import cuda_version, look_at_gpu
    except ImportError as e:
        raise NoGpu(f"PyTorch is not installed; pip install '{EXTRA}' installs it") from e
    gpu = look_at_gpu()
    if gpu is None:
        raise _no_gpu(cuda_version())
    return gpu


def _no_gpu(cuda: str | None) -> NoGpu:
    """Return the error of a PyTorch built for `cuda` that sees no GPU."""
    words, shown = "PyTorch sees no GPU on this machine", find_gpu()
    return (
        NoGpu(words) if shown is None else UnseenGpu(f"{words}, but {unseen_reason(shown, cuda)}")
    )


def memory_reader(classifier: Classifier) -> GpuMemory:
    """Return the function that reads the GPU memory in use while `classifier` serves."""
    if classifier.manifest.kind in ON_CPU:
        return no_gpu
    from worker.classifiers.language.placement import gpu_memory

    return gpu_memory


def load_preset(preset: Preset, taxonomy: Taxonomy, source: ModelSource) -> Classifier:
    """
    Return the model of a recipe; a missing one is made from its published adapter and stored.

    A new model was loaded to be checked, and serves so: its base is not loaded a second time.
    """
    folder = source.models / preset.name
    if not folder.exists():
        adapter_id = check_obtainable(preset, source)
        try:
            source.models.mkdir(parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=source.models).close()  # fail before the download
            return _download_and_import(folder, adapter_id, preset, taxonomy, source)
        except OSError as e:
            if not folder.exists():  # otherwise another worker was faster
                raise NotFetched(
                    f"{folder}: cannot be written ({e.strerror}); make room, or name a folder for "
                    "models that may be written to (WORKER_MODELS)"
                ) from e
    return load_classifier(folder, taxonomy, source)


def _download_and_import(
    folder: Path, adapter_id: str, preset: Preset, taxonomy: Taxonomy, source: ModelSource
) -> Classifier:
    """Download a recipe's adapter and base, write the model to `folder` and return it."""
    _import_model_module()  # fail before gigabytes are downloaded
    from worker.classifiers.hub.download import fetch
    from worker.classifiers.language.adapter_import import import_adapter

    adapter = fetch(adapter_id, None, token=source.token)
    base = fetch(preset.base, preset.revision, token=source.token)
    ref = BaseModelRef(id=preset.base, revision=base.revision)
    with tempfile.TemporaryDirectory(prefix=f".{preset.name}-", dir=source.models) as draft:
        made = Path(draft) / preset.name
        made.mkdir()
        imported = import_adapter(
            adapter.folder, made, base.folder, ref, preset, taxonomy, hardware=source.hardware
        )
        made.rename(folder)
    return imported.parts.serve(imported.manifest)


def check_obtainable(preset: Preset, source: ModelSource) -> str:
    """
    Return the repository of a recipe's adapter, after pre-flight checks.

    Raises BadModel if none is published, and DoesNotFit if gigabytes would be downloaded
    for a GPU that is missing or does not suit the recipe.
    """
    if preset.adapter is None:
        raise BadModel(
            f"{source.models / preset.name}: is missing, and no weights of {preset.name} are "
            f"published; train it with python -m training fit {preset.name}"
        )
    if preset.gpu_bytes is not None and source.hardware.device != "cpu":
        try:
            gpu = require_gpu()
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
                "GPU; take a smaller model or stop other programs on it"
            )
    return preset.adapter


def _load_transformer(
    folder: Path, manifest: Manifest, taxonomy: Taxonomy, source: ModelSource
) -> Classifier:
    module = _import_model_module()
    base = base_folder(folder, manifest.base, source.token)
    model: Classifier = module.load_model(folder, base, taxonomy, source.hardware)
    return model


def base_folder(folder: Path, ref: BaseModelRef | None, token: SecretStr | None) -> Path:
    """Return the folder of a model's base: its own, its subfolder, a path, or the hub's cache."""
    if ref is None:
        return folder
    for place in (folder / "base", Path(ref.id)):
        if place.is_dir():
            return place
    from worker.classifiers.hub.download import fetch

    return fetch(ref.id, ref.revision, token=token).folder


def _import_model_module() -> ModuleType:
    """Return the module `model`, which imports the libraries of the language models."""
    try:
        from worker.classifiers.language import model
    except ImportError as e:
        raise BadModel(f"language models need PyTorch; pip install '{EXTRA}' installs it") from e
    return model
