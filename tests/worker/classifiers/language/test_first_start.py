"""A recipe's model at its first start: downloaded, imported and served after one loading."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest

from tests.conftest import TinyModel
from tests.worker.tiny import REF, TAXONOMY
from worker.classifiers.hub.download import Snapshot
from worker.classifiers.language import model
from worker.classifiers.language.memory import Hardware
from worker.classifiers.language.presets import PRESETS
from worker.classifiers.loading import ModelSource, load_preset
from worker.classifiers.protocol import SELF_TEST

ADAPTER = "tiny/adapter"
GEMMA = replace(PRESETS["gemma-2-9b"], base=REF.id, adapter=ADAPTER)


@pytest.fixture
def loadings(tiny_model: TinyModel) -> Iterator[list[Path]]:
    """Yield the bases that are loaded; the hub has a tiny base and its adapter."""
    folder, found = tiny_model(GEMMA.name), []
    hub = {REF.id: folder / "base", ADAPTER: folder / "adapter"}
    load = model.load_network

    def fetch(repo: str, revision: str | None, **_: object) -> Snapshot:
        return Snapshot(hub[repo], REF.revision)

    def counted(base: Path, *rest: object) -> object:
        found.append(base)
        return load(base, *rest)  # type: ignore[arg-type]

    with ExitStack() as patches:
        patches.enter_context(patch("worker.classifiers.hub.download.fetch", fetch))
        patches.enter_context(patch.object(model, "load_network", counted))
        yield found


def test_a_base_is_loaded_once_at_the_first_start_and_at_each_later_one(
    loadings: list[Path], tmp_path: Path
) -> None:
    source = ModelSource(Hardware("cpu"), tmp_path)

    first = load_preset(GEMMA, TAXONOMY, source)
    assert len(loadings) == 1
    second = load_preset(GEMMA, TAXONOMY, source)
    assert len(loadings) == 2

    assert first.manifest == second.manifest
    np.testing.assert_array_equal(first.classify([SELF_TEST]), second.classify([SELF_TEST]))
