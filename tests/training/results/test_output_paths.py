"""Where results may lie: what is read stays, and what cannot be written is said at once."""

from pathlib import Path

import pytest

from tests.training.bench import Bench
from tests.training.samples import HEADER, write_csv, write_taxonomy
from training.errors import BadFlag, OutputInTheWay
from training.results.output_paths import (
    check_output_folder,
    check_output_paths,
    check_writable,
)


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


MODEL = "--model=models/none"
OUT_FILES = [
    ("folds",),
    ("augment", "--ways=noise"),
    ("pseudo-label", MODEL),
    ("predict", MODEL),
    ("evaluate", MODEL),
    ("calibrate", MODEL),
    ("thresholds", MODEL),
    ("import-corrections", "--corrections=none.jsonl"),
    ("blend", "none.npz"),
]


@pytest.mark.parametrize("command", OUT_FILES, ids=lambda command: command[0])
def test_no_command_overwrites_its_data_or_its_taxonomy(
    bench: Bench, command: tuple[str, ...]
) -> None:
    for flag, path in (("data", bench.data), ("taxonomy", bench.folder / "taxonomy.json")):
        before = path.read_bytes()

        line = bench.refused(*command, f"--data={bench.data}", f"--out={path}")

        assert f"is named as {flag} too; must be another file" in line
        assert path.read_bytes() == before


def test_no_file_in_a_folder_that_is_replaced_is_an_input(tmp_path: Path) -> None:
    folder, link = tmp_path / "model", tmp_path / "link"
    folder.mkdir()
    link.symlink_to(folder)

    def check(path: Path, out: Path = folder) -> None:
        check_output_folder(reads={"extra": [tmp_path / "x.csv", path]}, name="--out", folder=out)

    for out in (folder, link):
        with pytest.raises(BadFlag, match=r"--out .* is named as extra too; must be another"):
            check(folder, out)
        for path in (folder / "a.csv", link / "sub" / "a.csv", tmp_path / "model-2/../model/a.csv"):
            with pytest.raises(BadFlag, match=r"--out .* is replaced as a whole, and extra .* in"):
                check(path, out)
    check(tmp_path / "model.csv")
    check(tmp_path / "model-2" / "a.csv")


FITS = [
    ("fit", "linear"),
    ("fit", "cpu"),
    ("fit", "xlm-roberta"),
    ("distil", "--teacher=models/none", "--unlabelled=none.csv"),
]


@pytest.mark.parametrize("command", FITS, ids=lambda command: command[-1])
def test_a_fit_does_not_replace_a_folder_that_holds_its_data(
    bench: Bench, command: tuple[str, ...]
) -> None:
    model = bench.fit("model")
    inside = write_csv(model / "data.csv")
    before = {path.name: path.read_bytes() for path in model.iterdir()}

    for flags in (
        [f"--data={inside}"],
        [f"--data={bench.data}", f"--folds={model / 'folds.json'}"],
        [f"--data={bench.data}", f"--extra={bench.data}", f"--extra={inside}"],
    ):
        assert "is replaced as a whole, and" in bench.refused(*command, *flags, f"--out={model}")

    assert {path.name: path.read_bytes() for path in model.iterdir()} == before


def test_a_student_does_not_replace_its_teacher(bench: Bench) -> None:
    teacher = bench.fit("teacher")
    distil = ["distil", f"--teacher={teacher}", f"--data={bench.data}", f"--out={teacher}"]

    line = bench.refused(*distil, f"--unlabelled={bench.data}")

    assert line.endswith(f"--out {teacher}: is named as teacher too; must be another folder")


def test_a_fit_from_a_taxonomy_does_not_replace_it(bench: Bench) -> None:
    model = bench.fit("model")
    inside = write_taxonomy(model / "taxonomy.json")
    bench.taxonomy = f"--taxonomy={inside}"

    line = bench.refused("fit", "from-taxonomy", f"--out={model}")

    assert f"is replaced as a whole, and taxonomy {inside} is in it" in line
    assert inside.exists()


def test_a_promotion_replaces_neither_its_data_nor_the_model(bench: Bench) -> None:
    place, before = bench.fit("default"), bench.fit("default.previous")
    inside = write_csv(before / "data.csv")
    promote = ["promote", f"--place={place}"]

    named = bench.refused(*promote, str(before), f"--data={bench.data}")
    within = bench.refused(*promote, str(bench.fit("new")), f"--data={inside}")

    assert f"the previous model {before}: is named as new too" in named
    assert f"the previous model {before}: is replaced as a whole, and data {inside}" in within
    assert inside.exists()


def test_scoring_does_not_start_if_its_output_path_is_unwritable(bench: Bench) -> None:
    model = bench.fit("model")
    data = write_csv(bench.folder / "some.csv", [("1", "3.0", "", "Долго")], HEADER[:4])
    predict = ["predict", f"--model={model}", f"--data={data}", f"--out={bench.folder / 's.csv'}"]

    line = bench.refused(*predict, f"--probabilities={bench.folder}")

    assert "is a folder; name a file" in line
    assert not list(bench.folder.glob("s.csv*"))
