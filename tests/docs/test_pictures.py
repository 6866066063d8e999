"""The pictures of the documentation: each is there, small, and shown somewhere."""

import re
from pathlib import Path

import pytest
from PIL import Image

from tests.test_imports import ROOT

PICTURES = ROOT / "docs" / "pictures"
LARGEST = 150_000  # bytes

SHOWN = {
    (path.parent / link).resolve()
    for path in [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]
    for link in re.findall(r"!\[[^]]+\]\(([^)]+\.png)\)", path.read_text(encoding="utf-8"))
}


def test_every_picture_that_is_shown_is_there_and_every_one_there_is_shown() -> None:
    assert {path.resolve() for path in PICTURES.iterdir()} == SHOWN


@pytest.mark.parametrize("path", sorted(PICTURES.iterdir()), ids=lambda path: path.name)
def test_a_picture_has_a_palette_and_is_small(path: Path) -> None:
    with Image.open(path) as picture:
        assert picture.mode == "P"
    assert path.stat().st_size < LARGEST
