"""The request of an import of an adapter: typed, checked, and importable without torch."""

from dataclasses import dataclass
from pathlib import Path

from worker.classifiers.language.memory import Device
from worker.classifiers.language.presets import Preset


@dataclass(frozen=True, slots=True)
class AdapterRequest:
    """
    An adapter and its base, each a folder or a repository of the hub, and the model made of them.

    `revision` is the commit of a base that is a repository; None is the newest. `prompt` is a
    version of the preset's wording.
    """

    preset: Preset
    adapter: str
    base: str
    revision: str | None
    taxonomy: Path
    device: Device
    prompt: str
    name: str
    out: Path
