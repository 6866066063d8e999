from pathlib import Path

import pytest

from bot.console.credentials import PASSWORDS, create_passwords
from bot.errors import BadFolder


def test_passwords_are_created_once_and_differ(tmp_path: Path) -> None:
    made = list(create_passwords(tmp_path / "new"))
    first = {path.name: path.read_bytes() for path in made}

    assert set(first) == set(PASSWORDS)
    assert len(set(first.values())) == len(PASSWORDS)
    assert list(create_passwords(tmp_path / "new")) == []
    assert {path.name: path.read_bytes() for path in made} == first


def test_password_files_are_readable_only_by_owner_and_group(tmp_path: Path) -> None:
    list(create_passwords(tmp_path))
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o440}


def test_a_password_chosen_by_the_operator_is_written_to_redis_conf(tmp_path: Path) -> None:
    (tmp_path / "redis_password").write_text("chosen\n")
    list(create_passwords(tmp_path))
    assert (tmp_path / "redis.conf").read_text() == 'requirepass "chosen"\n'


def test_an_unwritable_folder_gives_a_one_line_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(BadFolder, match="name a folder that can be written"):
        list(create_passwords(tmp_path / "file"))
