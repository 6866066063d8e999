"""Files that are there whole or not at all."""

from pathlib import Path

import pytest

from training.errors import OutputInTheWay
from training.results.atomic_output import write_text, writing


def test_a_failed_file_write_keeps_the_old_file_and_leaves_no_draft(tmp_path: Path) -> None:
    write_text(tmp_path / "a", "old")

    def fail_half_way() -> None:
        with writing(tmp_path / "a") as draft:
            draft.write_text("half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_half_way()

    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert (tmp_path / "a").read_text() == "old"


def test_the_error_names_an_unwritable_path(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(OutputInTheWay, match="is a folder; name a file"):
        write_text(tmp_path, "")
    with pytest.raises(OutputInTheWay, match="name another place"):
        write_text(tmp_path / "file" / "below", "")
