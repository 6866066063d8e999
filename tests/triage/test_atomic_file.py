"""Files that appear complete or not at all."""

import os
from pathlib import Path

from triage.atomic_file import create_file, replace_file


def test_the_draft_of_a_killed_process_with_the_same_number_is_no_obstacle(tmp_path: Path) -> None:
    """Its own process may not write a file of mode 0440 again, unless it is root."""
    for name, write in (("made", create_file), ("replaced", replace_file)):
        draft = tmp_path / f".{name}.{os.getpid()}"
        draft.write_bytes(b"half")
        draft.chmod(0o440)
        write(tmp_path / name, b"whole", 0o440)
        assert (tmp_path / name).read_bytes() == b"whole"
        assert (tmp_path / name).stat().st_mode & 0o777 == 0o440
    assert sorted(path.name for path in tmp_path.iterdir()) == ["made", "replaced"]


def test_a_draft_that_is_a_link_to_another_file_does_not_change_that_file(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_bytes(b"untouched")
    (tmp_path / f".made.{os.getpid()}").symlink_to(other)
    assert create_file(tmp_path / "made", b"whole", 0o600)
    assert other.read_bytes() == b"untouched"
