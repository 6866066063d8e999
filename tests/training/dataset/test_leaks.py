"""The guard against leaks: what it knows again, counts and refuses."""

from pathlib import Path

import pytest

from training.dataset.leaks import (
    Seen,
    check_unseen,
    read_trained_on,
    text_digest,
    trained_on,
    write_trained_on,
)
from training.errors import BadData, Leak


def test_training_texts_are_recognised_but_stored_only_as_digests(tmp_path: Path) -> None:
    trained = trained_on(["Долго везли!", "Дорого"])
    write_trained_on(tmp_path / "t.json", trained)

    read = read_trained_on(tmp_path / "t.json")

    assert read == trained
    assert text_digest("долго   везли") in trained.keys
    assert "долго" not in (tmp_path / "t.json").read_text(encoding="utf-8").lower()
    assert read_trained_on(tmp_path / "none.json") is None


def test_a_damaged_training_text_list_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "t.json").write_text("{}")

    with pytest.raises(BadData, match="copy the whole folder again"):
        read_trained_on(tmp_path / "t.json")


def test_the_leak_check_counts_texts_seen_in_training() -> None:
    trained = trained_on(["Долго", "Дорого"])

    assert check_unseen(trained, ["Спасибо"], whose="it", allow=False) is Seen.NO
    assert check_unseen(trained, ["Спасибо", "ДОЛГО!"], whose="it", allow=True) is Seen.YES
    assert check_unseen(None, ["Спасибо"], whose="it", allow=True) is Seen.UNKNOWN
    with pytest.raises(Leak, match="it was trained on 1 of the 2 texts"):
        check_unseen(trained, ["Спасибо", "ДОЛГО!"], whose="it", allow=False)
    with pytest.raises(Leak, match="does not say which texts"):
        check_unseen(None, ["Спасибо"], whose="it", allow=False)
