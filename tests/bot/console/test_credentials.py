import subprocess
from pathlib import Path

import pytest
from redis import Redis
from redis.backoff import ConstantBackoff
from redis.exceptions import AuthenticationError
from redis.retry import Retry

from bot.console.credentials import PASSWORDS, create_passwords, hand_on
from bot.errors import BadFolder
from tests.ports import free_port


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


@pytest.mark.redis
@pytest.mark.parametrize("password", ['a "quote" and \\ backslash', "пароль #1", "$a'b`c"])
def test_redis_accepts_a_chosen_password_with_any_characters(
    tmp_path: Path, redis_executable: str, password: str
) -> None:
    hand_on(tmp_path / "secrets", "redis_password", password)
    list(create_passwords(tmp_path / "secrets"))
    configuration = str(tmp_path / "secrets" / "redis.conf")
    port = free_port()
    command = [redis_executable, configuration, "--port", str(port), "--dir", str(tmp_path)]
    with subprocess.Popen([*command, "--save", ""], stdout=subprocess.DEVNULL) as server:
        try:
            with Redis(
                port=port, password=password, retry=Retry(ConstantBackoff(0.1), 100)
            ) as client:
                assert client.ping()
            with Redis(port=port) as client, pytest.raises(AuthenticationError):
                client.ping()
        finally:
            server.kill()


def test_an_unwritable_folder_gives_a_one_line_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(BadFolder, match="name a folder that can be written"):
        list(create_passwords(tmp_path / "file"))
