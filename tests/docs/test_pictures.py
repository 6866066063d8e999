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


def test_pictures_in_the_folder_and_in_the_docs_are_the_same() -> None:
    assert {path.resolve() for path in PICTURES.iterdir()} == SHOWN


@pytest.mark.parametrize("path", sorted(PICTURES.iterdir()), ids=lambda path: path.name)
def test_a_picture_has_a_palette_and_is_small(path: Path) -> None:
    with Image.open(path) as picture:
        assert picture.mode == "P"
    assert path.stat().st_size < LARGEST
