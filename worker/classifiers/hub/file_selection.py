"""Which files of a repository on a model hub are downloaded, and whether weights are complete."""

from fnmatch import fnmatchcase
from pathlib import Path

from pydantic import BaseModel, ValidationError

from worker.classifiers.errors import NotFetched

# The files that a worker reads: safetensors weights, configuration and tokenizer.
WANTED = ["*.safetensors", "*.json", "tokenizer.model", "sentencepiece.bpe.model"]
# Folders hold other formats and checkpoints; the model is in the root.
UNWANTED = ["*/*"]
PICKLES = ["*.bin", "*.pt", "*.pth", "*.ckpt"]

INDEX = "model.safetensors.index.json"


class _Index(BaseModel):
    """The part of an index of weights that is read: the file of each tensor."""

    weight_map: dict[str, str]


def refuse_pickles(repo: str, names: list[str]) -> None:
    """Raise NotFetched for a repository without safetensors: loading a pickle runs its code."""
    weights = [name for name in names if name.endswith(".safetensors")]
    if any(not _is_any(name, UNWANTED) for name in weights):
        return
    pickled = any(_is_any(name, PICKLES) for name in names)
    what = "its weights are pickles only" if pickled else "it has no weights"
    raise NotFetched(f"{repo}: {what}; this worker reads safetensors")


def has_weights(folder: Path) -> bool:
    """Whether `folder` has weights, and all parts of them if an index lists parts."""
    index = folder / INDEX
    if not index.exists():
        return any(path.exists() for path in folder.glob("*.safetensors"))
    try:
        parts = _Index.model_validate_json(index.read_bytes()).weight_map.values()
    except ValidationError:
        return False
    return all((folder / part).exists() for part in set(parts))


def _is_any(name: str, patterns: list[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)
