"""Where results may lie: what is read stays, and what cannot be written is said at once."""

from pathlib import Path

import pytest

from tests.training.bench import Bench
from tests.training.samples import HEADER, write_csv
from training.errors import BadFlag, OutputInTheWay
from training.results.output_paths import check_output_paths, check_writable


def test_an_input_file_is_not_overwritten_under_any_name(tmp_path: Path) -> None:
    data, link = tmp_path / "data.csv", tmp_path / "link.csv"
    data.touch()
    link.symlink_to(data)

    for out in (data, link, tmp_path / "sub" / ".." / "data.csv"):
        with pytest.raises(BadFlag, match=r"--out .* is named as data too"):
            check_output_paths(reads={"data": data}, writes={"out": out})
    check_output_paths(reads={"data": data}, writes={"out": tmp_path / "new"})


def test_two_outputs_must_not_be_the_same_file(tmp_path: Path) -> None:
    reads = {"files": [tmp_path / "a"], "none": None}
    writes = {"out": tmp_path / "b", "page": tmp_path / "b"}

    with pytest.raises(BadFlag, match=r"--page .* is named as out too"):
        check_output_paths(reads=reads, writes=writes)


def test_checking_an_unwritable_path_raises_an_error_and_creates_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(OutputInTheWay, match="is a folder; name a file"):
        check_writable(tmp_path)
    with pytest.raises(OutputInTheWay, match="Not a directory; name another place"):
        check_writable(tmp_path / "file" / "below")
    check_writable(tmp_path / "not" / "there" / "yet")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("command", ["folds", "augment", "pseudo-label"])
def test_no_command_overwrites_its_data(bench: Bench, command: str) -> None:
    model = bench.fit("model")
    more = {
        "augment": ["--ways", "noise"],
        "pseudo-label": [f"--model={model}"],
    }
    before = bench.data.read_bytes()

    line = bench.refused(
        command, f"--data={bench.data}", f"--out={bench.data}", *more.get(command, [])
    )

    assert "is named as data too; must be another file" in line
    assert bench.data.read_bytes() == before


def test_scoring_does_not_start_if_its_output_path_is_unwritable(bench: Bench) -> None:
    model = bench.fit("model")
    data = write_csv(bench.folder / "some.csv", [("1", "3.0", "", "Долго")], HEADER[:4])
    predict = ["predict", f"--model={model}", f"--data={data}", f"--out={bench.folder / 's.csv'}"]

    line = bench.refused(*predict, f"--probabilities={bench.folder}")

    assert "is a folder; name a file" in line
    assert not list(bench.folder.glob("s.csv*"))
