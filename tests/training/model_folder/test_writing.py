"""A model folder is replaced whole or not at all."""

from pathlib import Path

import pytest

from training.errors import OutputInTheWay
from training.model_folder.writing import replacing


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def put(folder: Path, content: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "manifest.json").write_text(content)


def test_a_new_folder_appears_only_when_it_is_complete(tmp_path: Path) -> None:
    with replacing(tmp_path / "models" / "new") as draft:
        put(draft, "new")
        assert not (tmp_path / "models" / "new").exists()

    assert names(tmp_path / "models") == {"new"}
    assert (tmp_path / "models" / "new" / "manifest.json").read_text() == "new"


def test_an_old_model_is_replaced_with_all_its_files(tmp_path: Path) -> None:
    put(tmp_path / "model", "old")
    (tmp_path / "model" / "stray").touch()

    with replacing(tmp_path / "model") as draft:
        put(draft, "new")

    assert names(tmp_path) == {"model"}
    assert names(tmp_path / "model") == {"manifest.json"}
    assert (tmp_path / "model" / "manifest.json").read_text() == "new"


def test_a_failed_write_keeps_the_old_model_and_leaves_no_files(tmp_path: Path) -> None:
    def fail_half_way() -> None:
        with replacing(tmp_path / "model") as draft:
            put(draft, "half")
            raise ZeroDivisionError

    put(tmp_path / "model", "old")

    with pytest.raises(ZeroDivisionError):
        fail_half_way()

    assert names(tmp_path) == {"model"}
    assert (tmp_path / "model" / "manifest.json").read_text() == "old"


def test_a_folder_without_a_model_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "dear.txt").touch()

    with pytest.raises(OutputInTheWay, match="holds no model"), replacing(tmp_path / "letters"):
        pytest.fail("it must be refused before any work is done")

    assert names(tmp_path / "letters") == {"dear.txt"}


def test_a_model_folder_is_readable_by_all_users(tmp_path: Path) -> None:
    with replacing(tmp_path / "model") as draft:
        put(draft, "new")

    assert (tmp_path / "model").stat().st_mode & 0o777 == 0o755
