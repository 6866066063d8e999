"""TAXONOMY_FILE reaches the commands that have no settings of their own, from `.env` too."""

import argparse
from collections.abc import Callable
from pathlib import Path

import pytest

import benchmarks.__main__ as benchmarks
import sandbox.__main__ as sandbox
import training.__main__ as training
from training.commands.shared_flags import add_taxonomy
from triage.chosen_taxonomy import chosen_taxonomy
from triage.errors import BadSettings
from triage.taxonomy import DEFAULT_TAXONOMY


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("TAXONOMY_FILE", "WORKER_MODEL"):
        monkeypatch.delenv(name, raising=False)


def test_the_environment_overrides_the_file_and_the_default_is_shipped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert chosen_taxonomy() == DEFAULT_TAXONOMY
    (tmp_path / ".env").write_text("BOT_TOKEN=1:a\nTAXONOMY_FILE=\n", encoding="utf-8")
    assert chosen_taxonomy() == DEFAULT_TAXONOMY
    (tmp_path / ".env").write_text("BOT_TOKEN=1:a\nTAXONOMY_FILE=cafe.json\n", encoding="utf-8")
    assert chosen_taxonomy() == Path("cafe.json")
    monkeypatch.setenv("TAXONOMY_FILE", "other.json")
    assert chosen_taxonomy() == Path("other.json")


def test_the_taxonomy_flag_overrides_environment_and_file(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("TAXONOMY_FILE=cafe.json\n", encoding="utf-8")
    parser = argparse.ArgumentParser()
    add_taxonomy(parser)
    assert parser.parse_args([]).taxonomy == Path("cafe.json")
    assert parser.parse_args(["--taxonomy", "x.json"]).taxonomy == Path("x.json")


def test_every_command_reports_an_unreadable_env_file_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / ".env").write_bytes("TAXONOMY_FILE=café.json\n".encode("utf-16"))
    with pytest.raises(BadSettings, match="is UTF-16; save it as UTF-8"):
        chosen_taxonomy()
    monkeypatch.setattr("sys.argv", ["sandbox"])
    commands: dict[Callable[[], int], int] = {
        lambda: training.main(["fit", "linear", "--data", "a.csv", "--out", "b"]): 1,
        lambda: benchmarks.main(["taps", "--data", "a.csv"]): 2,
        sandbox.main: 1,
    }
    for command, code in commands.items():
        assert command() == code
        [line] = capsys.readouterr().err.splitlines()
        assert line.endswith(".env: is UTF-16; save it as UTF-8")


@pytest.mark.parametrize(
    "command",
    [
        ["fit", "linear", "--data", "a.csv", "--out", "b"],
        ["evaluate", "--data", "a.csv", "--model", "m"],
        ["predict", "--data", "a.csv", "--model", "m", "--out", "o"],
        ["folds", "--data", "a.csv", "--out", "f.json"],
    ],
    ids=lambda command: command[0],
)
def test_training_commands_use_the_configured_taxonomy(command: list[str], tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("TAXONOMY_FILE=cafe.json\n", encoding="utf-8")
    flags = training.parser(command).parse_args(command)
    assert flags.taxonomy == Path("cafe.json")


def test_benchmarks_use_the_configured_taxonomy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / ".env").write_text("TAXONOMY_FILE=none.json\n", encoding="utf-8")
    assert benchmarks.main(["taps", "--data", "a.csv"]) == 1
    assert capsys.readouterr().err == "benchmarks: none.json: No such file or directory\n"


def test_the_sandbox_uses_the_configured_taxonomy_and_model(tmp_path: Path) -> None:
    (tmp_path / "cafe-model").mkdir()
    lines = "TAXONOMY_FILE=cafe.json\nWORKER_MODEL={}\n"
    (tmp_path / ".env").write_text(lines.format("cafe-model"), encoding="utf-8")
    parsed = sandbox._parser().parse_args([])
    assert (parsed.taxonomy, sandbox._model(parsed)) == (Path("cafe.json"), Path("cafe-model"))
    other = sandbox._parser().parse_args(["--taxonomy", "other/taxonomy.json"])
    assert sandbox._model(other) != Path("cafe-model"), "it was fitted for other classes"
    (tmp_path / ".env").write_text(lines.format("auto"), encoding="utf-8")
    assert sandbox._model(parsed) != Path("auto"), "the demo downloads nothing"
