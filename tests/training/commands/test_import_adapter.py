"""python -m training import-adapter: a published adapter becomes a model that is served."""

import json
import shutil
from pathlib import Path

import pytest

from tests.conftest import TinyModel
from tests.worker.tiny import TAXONOMY
from training.__main__ import main
from triage.manifest import read_manifest
from worker.loading import load_classifier


@pytest.fixture
def parts(tiny_model: TinyModel, tmp_path: Path) -> tuple[Path, Path, Path]:
    """Return an adapter and a base that the test may spoil, and where the model is to be."""
    model = tiny_model("gemma-2-9b")
    copies = [shutil.copytree(model / name, tmp_path / name) for name in ("adapter", "base")]
    return copies[0], copies[1], tmp_path / "model"


Parts = tuple[Path, Path, Path]


def import_adapter(parts: Parts, *flags: str) -> int:
    adapter, base, out = parts
    places = [f"--adapter={adapter}", f"--base={base}", f"--out={out}"]
    return main(["import-adapter", "gemma-2-9b", *places, *flags])


def test_an_imported_adapter_is_served(parts: Parts, capsys: pytest.CaptureFixture[str]) -> None:
    assert import_adapter(parts) == 0
    manifest = read_manifest(parts[2])
    assert f"gemma-2-9b {manifest.version} is in {parts[2]}" in capsys.readouterr().out
    assert load_classifier(parts[2], TAXONOMY).manifest == manifest
    assert manifest.prompt == "assessment-v1"
    assert manifest.rule.fallback.model_dump(by_alias=True) == {"class": 19}  # type: ignore[union-attr]


def test_the_wording_of_the_leaderboard_can_be_asked_for(parts: Parts) -> None:
    assert import_adapter(parts, "--prompt=competition-v1") == 0
    assert load_classifier(parts[2], TAXONOMY).manifest.prompt == "competition-v1"


def spoil_config(parts: Parts, **changes: object) -> None:
    path = parts[0] / "adapter_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


@pytest.mark.parametrize(
    ("flags", "what"),
    [
        (["--prompt=raw-tags-v1"], "gemma-2-9b knows assessment-v1 and competition-v1"),
        (["--adapter=nobody/nothing at all"], "is no repository"),
    ],
)
def test_flags_that_cannot_be_are_one_line(
    parts: Parts, flags: list[str], what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert import_adapter(parts, *flags) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert what in line
    assert not parts[2].exists()


def test_a_spoilt_adapter_is_one_line_and_an_older_model_stays(
    parts: Parts, capsys: pytest.CaptureFixture[str]
) -> None:
    import_adapter(parts)
    before = read_manifest(parts[2])
    spoil_config(parts, r=8)
    assert import_adapter(parts) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "does not fit its base" in line
    assert read_manifest(parts[2]) == before
