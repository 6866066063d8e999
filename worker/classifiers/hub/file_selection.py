"""Which files of a repository on a model hub are taken, and whether a folder has all it needs."""

from collections.abc import Iterable
from fnmatch import fnmatchcase
from pathlib import Path

from pydantic import BaseModel, ValidationError

from worker.classifiers.errors import NotFetched

# What is read of a repository: weights as safetensors, and what configures and tokenizes.
WANTED = ["*.safetensors", "*.json", "tokenizer.model", "sentencepiece.bpe.model"]
# Folders hold other formats and checkpoints; a model lies in the root.
UNWANTED = ["*/*"]
PICKLES = ["*.bin", "*.pt", "*.pth", "*.ckpt"]

INDEX = "model.safetensors.index.json"


class _Index(BaseModel):
    """What is read of an index of weights: the file of each tensor."""

    weight_map: dict[str, str]


def chosen(names: Iterable[str]) -> list[str]:
    """Return the wanted ones of some names."""
    return [name for name in names if _is_any(name, WANTED) and not _is_any(name, UNWANTED)]


def refuse_pickles(repo: str, names: list[str]) -> None:
    """Refuse a repository without weights that may be read: loading a pickle runs what is in it."""
    if any(name.endswith(".safetensors") for name in chosen(names)):
        return
    pickled = any(_is_any(name, PICKLES) for name in names)
    what = "its weights are pickles only" if pickled else "it has no weights"
    raise NotFetched(f"{repo}: {what}; this worker reads safetensors")


def has_weights(folder: Path) -> bool:
    """Whether there are weights, and each part of them where an index says how many there are."""
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
