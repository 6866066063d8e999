"""
The manifest of a model: metadata stored with the weights that says how they must be used.

A model whose manifest contradicts the code is refused, with both values in the message.
"""

import hashlib
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from triage.calibration import HANDED_OVER_AS_STORED, Calibration, Platt, calibrated
from triage.cascade import FallbackClass, PerClass, Rule
from triage.errors import BadManifest, ManifestMismatch
from triage.taxonomy import Taxonomy

MANIFEST = "manifest.json"

# The topics and the rating scale of manifests of earlier versions, which do not name them: those of
# the grocery's taxonomy.
EARLIER_TOPICS = "dca4853edcb8b85b12d335fdaaa00fbd3346988de885918ac39a9b8410b41f67"
EARLIER_RATING = "0-6"

OWN_TAXONOMY = "; name the taxonomy file that it was fitted with, or fit a model for this one"


class BaseModelRef(BaseModel):
    """The model on a hub that an adapter was trained on, pinned to a revision."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    revision: str


class QualityMetrics(BaseModel):
    """Quality metrics of a model and how they were measured."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    how: str
    n: int = Field(ge=1)
    exact_match: float
    micro_f1: float
    macro_f1: float
    exact_match_std: float | None = None  # between folds


class SelfCheck(BaseModel):
    """A language model's result for a stored review: token ids, and a logit for each class."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    token_ids: tuple[int, ...] = Field(min_length=1)
    logits: tuple[float, ...] = Field(min_length=1)


class Guard(BaseModel):
    """Which reviews the model cannot read: a person reads them, regardless of its answer."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    # The share of a text's runs of letters that must be known.
    least_known: float = Field(ge=0, le=1)


class Manifest(BaseModel):
    """What a model folder contains and what it was made for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1] = 1
    name: str = Field(min_length=1, max_length=40)
    version: str = Field(min_length=1, max_length=40)
    kind: str  # which loader reads the weights
    preset: str | None = None  # the recipe of a language model
    base: BaseModelRef | None = None  # None if the folder contains all weights
    prompt: str  # version or template of the prompt, or version of the features
    taxonomy: str  # digest of the classes
    topics: str = EARLIER_TOPICS  # digest
    rating: str = EARLIER_RATING  # the ends of the scale, or "none"
    labels: tuple[int, ...]  # class ids in the order of the model's outputs
    max_tokens: int = Field(ge=1)
    rule: Rule
    calibration: Calibration | None = None
    guard: Guard | None = None  # models of earlier versions have none
    metrics: tuple[QualityMetrics, ...] = ()
    support: tuple[int, ...] = ()  # labelled reviews of each class; earlier versions have none
    self_check: SelfCheck | None = None
    sha256: dict[str, str]  # of each weights file

    @model_validator(mode="after")
    def _one_for_each_class(self) -> "Manifest":
        for what, values in (
            ("supports", self.support or None),
            ("thresholds", self.rule.thresholds if isinstance(self.rule, PerClass) else None),
            ("slopes", self.calibration.slope if isinstance(self.calibration, Platt) else None),
        ):
            if values is not None and len(values) != len(self.labels):
                raise ValueError(f"{len(values)} {what} for {len(self.labels)} labels")
        return self

    @model_validator(mode="after")
    def _handed_over_stays_so(self) -> "Manifest":
        if self.guard is not None:
            raised = max(calibrated((HANDED_OVER_AS_STORED,) * len(self.labels), self.calibration))
            bar = self.rule.floor if isinstance(self.rule, PerClass) else self.rule.rungs[-1]
            if raised > bar:
                raise ValueError(
                    f"the calibration raises a review for a person to {raised:.3f}, but the rule "
                    f"answers above {bar:.3f}"
                )
        return self


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of the model in `folder`; BadManifest says in one line what is wrong."""
    path = folder / MANIFEST
    try:
        return Manifest.model_validate_json(path.read_bytes())
    except OSError as e:
        raise BadManifest(f"{path}: {e.strerror}; name a folder that holds a model") from e
    except ValidationError as e:
        first = e.errors()[0]
        where = ".".join(map(str, first["loc"])) or "file"
        raise BadManifest(f"{path}: {where}: {first['msg']}") from e


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write `manifest` into `folder`; an older one is replaced atomically."""
    draft = folder / f".{MANIFEST}"
    draft.write_text(manifest.model_dump_json(indent=2, by_alias=True) + "\n", encoding="utf-8")
    draft.replace(folder / MANIFEST)


def made_for(taxonomy: Taxonomy) -> dict[str, Any]:
    """Return the fields of the manifest of a model that was made for `taxonomy`."""
    return {
        "taxonomy": taxonomy.digest,
        "topics": taxonomy.topics_digest,
        "rating": taxonomy.scale_name,
        "labels": taxonomy.ids,
    }


def check_manifest(manifest: Manifest, *, kind: str, prompt: str, taxonomy: Taxonomy) -> None:
    """Raise ManifestMismatch if `manifest` was not made for this code and this taxonomy."""
    _check_fields(
        manifest,
        ("kind", manifest.kind, kind, ""),
        ("prompt version", manifest.prompt, prompt, ""),
    )
    check_taxonomy(manifest, taxonomy)


def check_taxonomy(manifest: Manifest, taxonomy: Taxonomy) -> None:
    """
    Raise ManifestMismatch if `manifest` was not made for this taxonomy.

    Equal class ids are not enough: two classes may be exchanged under the same ids.
    """
    _check_fields(
        manifest,
        ("taxonomy digest", manifest.taxonomy, taxonomy.digest, OWN_TAXONOMY),
        ("label order", manifest.labels, taxonomy.ids, OWN_TAXONOMY),
        ("digest of the topics", manifest.topics, taxonomy.topics_digest, OWN_TAXONOMY),
        ("rating scale", manifest.rating, taxonomy.scale_name, OWN_TAXONOMY),
    )
    fallback = manifest.rule.fallback
    if isinstance(fallback, FallbackClass) and fallback.class_id not in taxonomy.by_id:
        raise ManifestMismatch(
            f"model {manifest.name} {manifest.version}: its fallback class {fallback.class_id} "
            f"is not among the {len(taxonomy.ids)} classes of this installation"
        )


def _check_fields(manifest: Manifest, *fields: tuple[str, object, object, str]) -> None:
    """Check fields, each with its name, the manifest's value, the expected one and a remedy."""
    for what, theirs, ours, remedy in fields:
        if theirs != ours:
            raise ManifestMismatch(
                f"model {manifest.name} {manifest.version}: its {what} is {theirs}, "
                f"this installation's is {ours}{remedy}"
            )


def check_weights(folder: Path, manifest: Manifest) -> None:
    """Raise BadManifest if a weights file is missing or has another digest."""
    for name, expected in manifest.sha256.items():
        if not _is_file_of(folder, name):
            raise BadManifest(f"{folder}: the manifest names {name!r}, which is not a file in it")
        try:
            actual = digest(folder / name)
        except OSError as e:
            raise BadManifest(f"{folder / name}: {e.strerror}; copy the whole folder again") from e
        if actual != expected:
            raise BadManifest(f"{folder / name}: SHA-256 is {actual}, the manifest says {expected}")


def _is_file_of(folder: Path, name: str) -> bool:
    """Return whether `name` is a plain name, and not that of a folder, device or pipe."""
    path = folder / name
    return name == Path(name).name and (path.is_file() or not path.exists())


def digest(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
