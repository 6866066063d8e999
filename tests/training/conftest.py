"""What the tests of the commands stand on."""

from pathlib import Path

import pytest

from tests.training.commands import Bench


@pytest.fixture
def bench(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Bench:
    """Return a folder with data, folds and taxonomy."""
    return Bench(tmp_path, capsys)
