"""The architecture page names files that exist, and answers "where is ...?" with one of them."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")

PATH = re.compile(r"`([\w*.]+/[\w*./]*)`")


def test_every_path_exists() -> None:
    paths = set(PATH.findall(PAGE))

    assert len(paths) > 60
    assert not [path for path in sorted(paths) if not list(ROOT.glob(path.rstrip("/")))]


def test_the_index_answers_at_least_twenty_questions_with_a_path_each() -> None:
    index = PAGE.partition("## Where is ...?")[2].partition("\n## ")[0]
    rows = [line.split("|")[1:-1] for line in index.splitlines() if line.startswith("| ")][1:]

    assert len({question for question, _ in rows}) == len(rows) >= 20
    assert all(PATH.search(answer) for _, answer in rows)
