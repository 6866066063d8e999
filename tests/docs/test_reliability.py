"""The reliability page names, for each of its anchors, tests that exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")

ROW = re.compile(r"^\| (R\d+) \| (.+) \|$", re.MULTILINE)
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
ANCHORS = dict(ROW.findall(PAGE))


def test_all_anchors_exist() -> None:
    assert list(ANCHORS) == [f"R{number}" for number in range(1, 26)]


@pytest.mark.parametrize("anchor", ANCHORS)
def test_an_anchor_names_tests_that_exist(anchor: str) -> None:
    named = NAMED.findall(ANCHORS[anchor])
    assert named
    missing = [
        (file, name)
        for file, name in named
        if not re.search(rf"\bdef {name}\(", (ROOT / file).read_text(encoding="utf-8"))
    ]
    assert not missing


def test_every_path_exists() -> None:
    paths = set(re.findall(r"`((?:bot|triage|worker|sandbox|tests)/[\w/.]*)`", PAGE))
    assert len(paths) > 10
    assert not [path for path in sorted(paths) if not (ROOT / path).exists()]
