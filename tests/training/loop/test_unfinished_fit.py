"""The folder of an unfinished fit."""

import json
from pathlib import Path

import pytest

from training.errors import BadFlag
from training.loop.unfinished_fit import open_draft


def resolved(**values: object) -> str:
    return json.dumps({"command": "fit", "epochs": 2, **values})


def test_equal_flags_reopen_the_existing_draft(tmp_path: Path) -> None:
    draft = open_draft(tmp_path / "model", resolved(save_steps=10), restart=False)
    (draft / "something").touch()

    again = open_draft(tmp_path / "model", resolved(save_steps=99), restart=False)

    assert again == draft
    assert (again / "something").exists()


def test_other_flags_are_refused_with_both_values(tmp_path: Path) -> None:
    draft = open_draft(tmp_path / "model", resolved(), restart=False)
    (draft / "something").touch()

    with pytest.raises(BadFlag, match=r"unfinished fit with epochs 2, not 3; .* --restart"):
        open_draft(tmp_path / "model", resolved(epochs=3), restart=False)

    assert (draft / "something").exists()


def test_restart_deletes_the_draft(tmp_path: Path) -> None:
    draft = open_draft(tmp_path / "model", resolved(), restart=False)
    (draft / "something").touch()

    again = open_draft(tmp_path / "model", resolved(epochs=3), restart=True)

    assert not (again / "something").exists()
