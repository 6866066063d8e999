"""The page about own classes: each of its commands runs, and prints what the page says."""

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from sandbox.__main__ import main as sandbox
from training.__main__ import main as training

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "own-classes.md").read_text(encoding="utf-8")


def blocks(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


def run(command: str, patch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> str:
    """Run one line of the page and return its output; Python's modules run in this process."""
    words = shlex.split(command)
    while "=" in words[0]:
        patch.setenv(*words.pop(0).split("=", 1))
    if words[:2] == ["python", "-m"]:
        patch.setattr("sys.argv", words[2:])
        code = {"training": training, "sandbox": sandbox}[words[2]]()
        said = capsys.readouterr()
        assert code == 0, said.err
        return said.out
    return subprocess.run(
        ["bash", "-c", command], stdout=subprocess.PIPE, text=True, timeout=60, check=True
    ).stdout


def test_the_commands_on_the_page_lead_from_a_file_to_an_answered_review(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    monkeypatch.chdir(tmp_path)
    commands = [line for block in blocks("sh") for line in block.splitlines()]
    kinds = {"new-taxonomy", "folds", "fit", "evaluate", "predict", "sandbox", "promote"}
    assert kinds <= {word for command in commands for word in command.split()}

    printed = "".join(run(command, monkeypatch, capsys) for command in commands)

    printed += (tmp_path / "cafe" / "reviews.csv").read_text(encoding="utf-8")
    said, measured = re.search(r"(\d+) % of", PAGE), re.search(r"exact_match +([\d.]+)", printed)
    assert said, "the page names the share of exact answers"
    assert measured, "evaluate prints it"
    assert int(said[1]) == pytest.approx(100 * float(measured[1]), abs=2)
    missing = [block for block in blocks("text") if block.strip() not in printed]
    assert not missing


@pytest.mark.parametrize("readme", ["README.md", "README.ru.md"])
def test_both_readmes_link_to_the_page(readme: str) -> None:
    assert "(docs/own-classes.md)" in (ROOT / readme).read_text(encoding="utf-8")
