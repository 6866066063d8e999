"""The commands for the server: what they name exists, and their order works with Docker Compose."""

import re
from pathlib import Path

import pytest

from bot.__main__ import _parser
from tests.deploy.compose import OVERRIDES, read_compose

DOCS = Path(__file__).parents[2] / "docs"
PAGES = ("deploy.md", "operating.md", "own-classes.md", "scaling.md")
COMMANDS = {
    page: [
        line.strip()
        for block in re.findall(
            r"^ *```\n(.*?)^ *```$", (DOCS / page).read_text("utf-8"), re.DOTALL | re.MULTILINE
        )
        for line in block.splitlines()
    ]
    for page in PAGES
}
ALL = [line for lines in COMMANDS.values() for line in lines]


def section(page: str, title: str) -> str:
    """Return a section of a page, without its title."""
    text = (DOCS / page).read_text(encoding="utf-8")
    assert f"\n## {title}\n" in text
    return text.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def test_no_command_starts_containers_that_down_removed() -> None:
    starts = [line for line in ALL if re.match(r"docker compose start\b", line)]
    assert not starts, "after `down` there is nothing to start; `up` works in both cases"


def test_a_second_copy_of_the_backups_does_not_nest_them() -> None:
    copies = [line for line in ALL if "compose cp" in line]
    assert len(copies) >= 3
    assert set(copies) == {"docker compose cp bot:/app/backup/. ./backup"}


def test_only_a_copy_gets_another_owner() -> None:
    restore = section("deploy.md", "Backup and restore")
    [changed] = re.findall(r"chown -R \d+ (\S+)", restore)
    [copied] = re.findall(r"cp -r backup/\S+ (\S+)", restore)
    assert changed == copied
    assert f"sudo rm -r {copied}" in restore


@pytest.mark.parametrize("title", ["Backup and restore", "Upgrading"])
def test_a_backup_is_deleted_from_the_volume_that_holds_its_key(title: str) -> None:
    text = section("deploy.md", title)
    order = [text.index(part) for part in ("bot backup", "compose cp", "exec bot rm -r backup/")]
    assert order == sorted(order)


@pytest.mark.parametrize("line", [line for line in ALL if "-m bot " in line])
def test_the_command_line_of_the_bot_accepts_each_command(line: str) -> None:
    words = re.sub(r"#.*", "", line.partition("-m bot ")[2]).split()
    _parser().parse_args(words)


def test_an_export_is_written_where_the_container_can_write() -> None:
    temporary = read_compose()["services"]["bot"]["tmpfs"]
    lines = [line for line in ALL if "bot export" in line]
    assert lines
    for line in lines:
        [out] = re.findall(r"--out (/\w+)/", line)
        assert out in temporary, "`docker compose cp` reads no tmpfs: the next line uses cat"
    assert [line for line in ALL if re.match(r"docker compose exec -T bot cat /tmp/", line)]


def test_every_named_compose_file_exists() -> None:
    text = "".join((DOCS / page).read_text(encoding="utf-8") for page in PAGES)
    named = set(re.findall(r"docker-compose\.\w+\.yml", text))
    assert named == {path.name for path in OVERRIDES}
