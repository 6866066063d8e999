from pathlib import Path

import pytest

from benchmarks.reviews.lengths import random_rows, read_lengths, synthetic_lengths


def test_lengths_are_estimated_from_the_characters_of_the_texts(tmp_path: Path) -> None:
    path = tmp_path / "reviews.csv"
    path.write_text(f'index,text\n1,\n2,"{"ж" * 32}"\n', encoding="utf-8")
    lengths = read_lengths(path)
    assert lengths.tokens == (25, 35)
    assert "2 texts of reviews.csv" in lengths.source


@pytest.mark.parametrize(("content", "reason"), [("index\n1\n", "column"), ("text\n", "no rows")])
def test_a_file_without_texts_is_refused(tmp_path: Path, content: str, reason: str) -> None:
    path = tmp_path / "reviews.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ValueError, match=reason):
        read_lengths(path)


def test_synthetic_lengths_have_a_realistic_distribution() -> None:
    tokens = synthetic_lengths(seed=0).tokens
    assert len(tokens) == 9015
    assert sum(tokens) / len(tokens) == pytest.approx(52.6, abs=2)
    assert min(tokens) == 25
    assert max(tokens) <= 118
    assert synthetic_lengths(seed=0).tokens == tokens


def test_random_rows_have_the_given_lengths_and_frame_tokens() -> None:
    rows = random_rows([5, 9], 100, bos=2, eos=1, seed=0)
    assert [len(row) for row in rows] == [5, 9]
    for row in rows:
        assert (row[0], row[-1]) == (2, 1)
        assert all(4 <= id_ < 100 for id_ in row[1:-1])
    assert random_rows([5, 9], 100, bos=2, eos=1, seed=0) == rows


def test_without_an_end_token_the_last_token_is_random() -> None:
    (row,) = random_rows([6], 100, bos=1, eos=None, seed=0)
    assert row[0] == 1
    assert row[-1] >= 4
