"""The commands as a test gives them, on the small file of tests/training/samples.py."""

from pathlib import Path

import pytest

from tests.training.samples import write_csv, write_taxonomy
from training.__main__ import main


class Bench:
    """A folder with the small file, its folds and its taxonomy; runs commands and reads them."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._capsys = capsys
        self.data = write_csv(folder / "small.csv")
        self.taxonomy = f"--taxonomy={write_taxonomy(folder / 'taxonomy.json')}"
        self.do("folds", f"--data={self.data}", f"--out={folder / 'folds.json'}", "--count=3")
        self.folds = f"--folds={folder / 'folds.json'}"

    def do(self, *arguments: str) -> str:
        """Run a command that succeeds and return what it printed."""
        code = main(self._all(arguments))
        said = self._capsys.readouterr()
        assert code == 0, said.err
        return said.out

    def refused(self, *arguments: str) -> str:
        """Run a command that fails and return its one line."""
        assert main(self._all(arguments)) == 1
        said = self._capsys.readouterr()
        (line,) = said.err.splitlines()
        return line

    def _all(self, arguments: tuple[str, ...]) -> list[str]:
        takes_classes = arguments[0] != "rollback"
        return [*arguments, self.taxonomy] if takes_classes else list(arguments)

    def fit(self, name: str, *flags: str) -> Path:
        """Fit a model and return its folder."""
        out = self.folder / name
        self.do(
            "fit", "linear", f"--data={self.data}", f"--out={out}", "--compare-class=12", *flags
        )
        return out
