"""
Reads and checks an adapter's folder, before gigabytes of its base are loaded.

It reads the layout of PEFT's `save_pretrained`, old and new: `adapter_config.json` and
`adapter_model.safetensors`, whose head is named `base_model.model.<head>.weight`. Torch is not
needed.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open

from worker.classifiers.errors import BadModel

CONFIG = "adapter_config.json"
WEIGHTS = "adapter_model.safetensors"
PICKLE = "adapter_model.bin"

# PEFT wraps the model twice before the names of its own parameters begin.
PREFIX = "base_model.model."
HEADS = ("score", "classifier")

# A head is a few hundred thousand numbers; a smaller type saves nothing.
FLOATS = ("F32", "F16", "BF16")


@dataclass(frozen=True, slots=True)
class Adapter:
    """A checked adapter: the base it names, and which module is its head."""

    folder: Path
    base: str
    head: str


def read_adapter(folder: Path, *, classes: int) -> Adapter:
    """Return the adapter in `folder`; BadModel says what is wrong with it."""
    config = _config(folder / CONFIG)
    path = folder / WEIGHTS
    if not path.is_file():
        if (folder / PICKLE).is_file():
            raise BadModel(
                f"{folder / PICKLE}: is a pickle, which can run code; "
                f"convert it to {WEIGHTS} on a machine without data of value"
            )
        raise BadModel(f"{path}: is missing; copy the whole adapter again")
    head = _head(path, _shapes(path), classes)
    return Adapter(folder, str(config.get("base_model_name_or_path") or ""), head)


def _config(path: Path) -> Mapping[str, Any]:
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except OSError as e:
        raise BadModel(f"{path}: {e.strerror}; name a folder that holds an adapter") from e
    except ValueError as e:
        raise BadModel(f"{path}: not UTF-8 JSON: {e}") from e
    if not isinstance(config, dict) or config.get("peft_type") != "LORA":
        found = config.get("peft_type") if isinstance(config, dict) else type(config).__name__
        raise BadModel(f"{path}: peft_type is {found!r}, this worker reads 'LORA'")
    return config


def _shapes(path: Path) -> Mapping[str, tuple[str, list[int]]]:
    """Return type and shape of each tensor; only the header of the file is read."""
    try:
        with safe_open(path, framework="numpy") as file:
            slices = {name: file.get_slice(name) for name in file.keys()}  # noqa: SIM118
            return {name: (s.get_dtype(), s.get_shape()) for name, s in slices.items()}
    except (OSError, SafetensorError) as e:
        raise BadModel(f"{path}: {e}; copy the whole adapter again") from e


def _head(path: Path, shapes: Mapping[str, tuple[str, list[int]]], classes: int) -> str:
    """Return the name of the head's module, after a check of its last layer."""
    for head in HEADS:
        tensors = {n: s for n, s in shapes.items() if n.startswith(f"{PREFIX}{head}.")}
        last = tensors.get(f"{PREFIX}{head}.weight", tensors.get(f"{PREFIX}{head}.out_proj.weight"))
        if last is None:
            continue
        types = {dtype for dtype, _ in tensors.values()}
        if not types <= set(FLOATS):
            raise BadModel(
                f"{path}: its head is stored as {', '.join(sorted(types))}, not as "
                f"{' or '.join(FLOATS)}; a quantised head answers wrongly, save it unquantised"
            )
        if last[1][0] != classes:
            raise BadModel(
                f"{path}: its head answers {last[1][0]} classes, this installation has {classes}"
            )
        return head
    raise BadModel(
        f"{path}: holds no classification head ({' or '.join(PREFIX + h for h in HEADS)}); "
        "save the adapter with task type SEQ_CLS"
    )
