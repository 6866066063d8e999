"""The example reviews that ship, and what is refused."""

from pathlib import Path

import pytest

from sandbox.errors import BadScript
from sandbox.example_reviews.entries import Fix, example_file, read_examples
from sandbox.example_reviews.player import parts
from triage.taxonomy import DEFAULT_TAXONOMY, load_taxonomy

CAFE = Path("examples/cafe/taxonomy.json")
LABELS = ("right", "alternative", "fix")


# What people do with a review; together they lead to every state of a card.
DEEDS = {
    "agree",
    "right",
    "alternative",
    "fix",
    "take",
    "note",
    "reply",
    "answer",
    "close",
    "solved",
    "not_solved",
    "spam",
}


@pytest.mark.parametrize("taxonomy_file", [DEFAULT_TAXONOMY, CAFE])
def test_the_shipped_example_reviews_fit_their_taxonomy(taxonomy_file: Path) -> None:
    taxonomy, path = load_taxonomy(taxonomy_file), example_file(taxonomy_file)
    assert path is not None
    entries = read_examples(path)
    assert len(entries) == 40
    assert {deed.does for entry in entries for deed in entry.then} == DEEDS
    assert [entry for entry in entries if not entry.then], "some are new"
    disputed = [{deed.by for deed in entry.then if deed.does in LABELS} for entry in entries]
    assert {1, 2} in disputed
    assert taxonomy.rating is not None
    for entry in entries:
        assert set(entry.tags) <= set(taxonomy.topic_ids)
        assert entry.rating in taxonomy.rating.values
        fixed = [deed.classes for deed in entry.then if isinstance(deed, Fix)]
        assert all(set(classes) <= set(taxonomy.ids) for classes in fixed)
    assert [e.hours_ago for e in entries] == sorted((e.hours_ago for e in entries), reverse=True)
    assert [entry for part in parts(entries) for entry in part] == entries


def test_a_taxonomy_without_an_example_file_has_no_examples(tmp_path: Path) -> None:
    assert example_file(tmp_path / "taxonomy.json") is None


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ('{"text": "x", "author": "A"}', "hours_ago"),
        ('{"text": "x"}', "hours_ago, author: Field required"),
        ('{"text": "x", "author": "A", "hours_ago": 1, "then": [{"does": "sing"}]}', "then.0"),
        ("{", "Invalid JSON"),
    ],
)
def test_the_error_names_an_invalid_example_line(line: str, named: str, tmp_path: Path) -> None:
    path = tmp_path / "demo.jsonl"
    path.write_text(f'{{"text": "x", "author": "A", "hours_ago": 1}}\n{line}\n', encoding="utf-8")
    with pytest.raises(BadScript, match=f"line 2: .*{named}"):
        read_examples(path)
