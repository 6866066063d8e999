"""Tiny language models, made once in each test process."""

from collections.abc import Callable
from pathlib import Path

import pytest

from worker.presets import PRESETS

# One of each known architecture and form of weights; gemma-2-27b differs from 9b in size alone.
SERVED = ("gemma-2-9b", "mistral-7b", "xlm-roberta")

TinyModel = Callable[[str], Path]


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> TinyModel:
    """Return how to get the folder of a tiny model of a recipe, which no test may change."""
    from tests.worker.tiny import write_model

    made: dict[str, Path] = {}

    def get(preset: str) -> Path:
        if preset not in made:
            folder = tmp_path_factory.mktemp("tiny") / preset
            made[preset] = write_model(folder, PRESETS[preset])
        return made[preset]

    return get
