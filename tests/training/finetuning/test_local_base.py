"""What a base in a folder is called."""

from pathlib import Path

import pytest

from training.finetuning.local_base import is_local, name_base, revision_of


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the folder of something like a base."""
    made = tmp_path / "small"
    made.mkdir()
    (made / "model.safetensors").write_bytes(b"weights")
    return made


def test_a_local_base_is_identified_by_folder_name_and_weights(folder: Path) -> None:
    ref = name_base(folder, base_id=None, revision=None)

    assert (ref.id, len(ref.revision)) == ("local/small", 40)
    assert is_local(ref)
    (folder / "model.safetensors").write_bytes(b"others")
    assert revision_of(folder) != ref.revision


def test_a_hub_cache_folder_gives_its_repository_and_revision(tmp_path: Path) -> None:
    cached = tmp_path / "models--some--base-9b" / "snapshots" / ("1" * 40)
    cached.mkdir(parents=True)

    ref = name_base(cached, base_id=None, revision=None)

    assert (ref.id, ref.revision) == ("some/base-9b", "1" * 40)
    assert not is_local(ref)


def test_a_given_base_id_and_revision_override_the_detected_ones(folder: Path) -> None:
    ref = name_base(folder, base_id="some/base", revision="2" * 40)

    assert (ref.id, ref.revision) == ("some/base", "2" * 40)
