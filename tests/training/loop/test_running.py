"""What makes a training resumable: whole checkpoints, and the journal."""

import json
from dataclasses import dataclass, fields
from pathlib import Path

import pytest
from transformers import TrainingArguments

from training.loop.running import (
    COMPLETE,
    checkpointed_activations,
    drop_lines_after,
    last_checkpoint,
)


@dataclass
class OlderArguments:
    """The arguments as transformers 5.17 names them."""

    gradient_checkpointing: bool = False
    gradient_checkpointing_kwargs: dict[str, object] | None = None


@pytest.mark.parametrize("known", [TrainingArguments, OlderArguments])
def test_gradient_checkpointing_arguments_match_the_library_version(
    known: type,
) -> None:
    found = checkpointed_activations(True, known)

    assert found.keys() <= {field.name for field in fields(known)}
    assert list(found.values()) == [True, {"use_reentrant": False}]


def test_only_complete_checkpoints_are_used_and_others_deleted(tmp_path: Path) -> None:
    assert last_checkpoint(tmp_path) is None
    for step in (5, 10, 100):
        (tmp_path / f"checkpoint-{step}").mkdir()
    for step in (5, 10):
        (tmp_path / f"checkpoint-{step}" / COMPLETE).touch()

    assert last_checkpoint(tmp_path) == tmp_path / "checkpoint-10"
    assert not (tmp_path / "checkpoint-100").exists()


def test_journal_lines_after_the_checkpoint_are_removed(tmp_path: Path) -> None:
    journal = tmp_path / "losses.jsonl"
    drop_lines_after(journal, 5)
    lines = [json.dumps({"step": step, "loss": 1 / step}) + "\n" for step in (1, 5, 10)]
    journal.write_text("".join(lines) + '{"step": 15, "lo')

    drop_lines_after(journal, 5)

    assert journal.read_text() == "".join(lines[:2])
