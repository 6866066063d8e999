"""Files that are there whole or not at all."""

from pathlib import Path

import pytest

from training.errors import OutputInTheWay
from training.results.atomic_output import write_text, writing


def test_a_file_that_was_not_finished_leaves_the_old_one_and_no_trace(tmp_path: Path) -> None:
    write_text(tmp_path / "a", "old")

    def fail_half_way() -> None:
        with writing(tmp_path / "a") as draft:
            draft.write_text("half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_half_way()

    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert (tmp_path / "a").read_text() == "old"


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(OutputInTheWay, match="is a folder; name a file"):
        write_text(tmp_path, "")
    with pytest.raises(OutputInTheWay, match="name another place"):
        write_text(tmp_path / "file" / "below", "")
