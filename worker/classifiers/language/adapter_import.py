"""
Writes the manifest of an adapter or a fine-tuned model, so that a worker can serve it.

The model is loaded once as it will be served, so that a broken one is refused here, and so that the
self-check holds what a correct installation computes. What was loaded can serve at once.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

from triage.cascade import FallbackClass, Ladder, Rule
from triage.manifest import BaseModelRef, Manifest, QualityMetrics, digest, made_for, write_manifest
from triage.taxonomy import Taxonomy
from worker.classifiers.errors import BadModel
from worker.classifiers.language.adapter import CONFIG, WEIGHTS, read_adapter
from worker.classifiers.language.memory import DEFAULT_HARDWARE, Hardware
from worker.classifiers.language.model import ModelParts, assemble
from worker.classifiers.language.presets import KIND, Preset

# The revision of a base that is a local folder and comes from no hub.
LOCAL = "local"


@dataclass(frozen=True, slots=True)
class Made:
    """
    How a model was made: `ref` is its base, None if its folder holds all weights itself.

    Name, wording and rule are the recipe's if none are given.
    """

    ref: BaseModelRef | None
    weights: tuple[str, ...]
    name: str | None = None
    prompt: str | None = None
    rule: Rule | None = None
    metrics: tuple[QualityMetrics, ...] = ()


@dataclass(frozen=True, slots=True)
class ImportedModel:
    """A manifest that was just written, and the loaded parts that it describes."""

    manifest: Manifest
    parts: ModelParts


def import_adapter(
    source: Path,
    folder: Path,
    base: Path,
    ref: BaseModelRef,
    preset: Preset,
    taxonomy: Taxonomy,
    *,
    prompt: str | None = None,
    hardware: Hardware = DEFAULT_HARDWARE,
) -> ImportedModel:
    """
    Copy the adapter in `source` into the empty `folder` and write its manifest there.

    `base` is the folder of its base and `ref` its origin; a LOCAL one can only be checked by its
    shapes. Raises BadModel if the two do not belong together, and what
    worker.classifiers.language.model.assemble raises.
    """
    adapter = read_adapter(source, classes=len(taxonomy.ids))
    if adapter.base != ref.id and ref.revision != LOCAL:
        trained_on = adapter.base or "no named base"
        raise BadModel(f"{source}: was trained on {trained_on}, not on {ref.id}")
    for name in (CONFIG, WEIGHTS):
        shutil.copyfile(source / name, folder / name)
    made = Made(ref, (WEIGHTS,), prompt=prompt)
    return describe(folder, base, preset, taxonomy, made, hardware)


def recipe_rule(taxonomy: Taxonomy) -> Rule:
    """Return the ladder of the known recipes; below it the answer is the fallback class."""
    if taxonomy.fallback is None:
        return Ladder(fallback="most_probable")
    return Ladder(fallback=FallbackClass.model_validate({"class": taxonomy.fallback}))


def describe(
    folder: Path,
    base: Path,
    preset: Preset,
    taxonomy: Taxonomy,
    made: Made,
    hardware: Hardware = DEFAULT_HARDWARE,
) -> ImportedModel:
    """
    Load the model in `folder` and write its manifest there; its version begins the digests.

    Raises what worker.classifiers.language.model.assemble raises.
    """
    adapter = folder if made.ref is not None else None
    classes = len(taxonomy.ids)
    parts = assemble(base, preset, classes, adapter=adapter, prompt=made.prompt, hardware=hardware)
    sha256 = {file: digest(folder / file) for file in made.weights}
    manifest = Manifest(
        name=made.name or preset.name,
        version=next(iter(sha256.values()))[:8],
        kind=KIND,
        preset=preset.name,
        base=made.ref,
        prompt=made.prompt or preset.prompts[0],
        **made_for(taxonomy),
        max_tokens=preset.max_tokens,
        rule=made.rule or recipe_rule(taxonomy),
        metrics=made.metrics,
        self_check=parts.self_check(),
        sha256=sha256,
    )
    write_manifest(folder, manifest)
    return ImportedModel(manifest, parts)
