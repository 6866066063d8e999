"""Numbers out of range are refused before any work, in one line that names the range."""

from pathlib import Path

import pytest

from training.__main__ import main

SEEDED = ("folds", "thresholds", "augment", "distil", "fit cpu", "fit xlm-roberta")
NUMBERS = [
    ("check-against", "--rows=0", "--rows 0: must be at least 1"),
    ("promote", "--sure=2", "--sure 2.0: must be from 0 to 1"),
    ("promote", "--sure=nan", "--sure nan: must be from 0 to 1"),
    ("promote", "--margin=-1", "--margin -1.0: must be from 0 to 1"),
    ("promote", "--least=-1", "--least -1: must be at least 0"),
    ("predict", "--max-tokens=0", "--max-tokens 0: must be at least 1"),
    ("predict --engine=ray", "--workers=0", "--workers 0: must be at least 1"),
]


@pytest.mark.parametrize("seed", ["-1", "4294967296", "99999999999999", "1.5"])
@pytest.mark.parametrize("command", SEEDED)
def test_a_seed_that_numpy_does_not_accept_is_refused(
    command: str, seed: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*command.split(), f"--seed={seed}"])

    assert ended.value.code == 2
    expected = f"argument --seed: {seed}: must be an integer from 0 to 4294967295"
    assert capsys.readouterr().err.splitlines()[-1].endswith(expected)


@pytest.mark.parametrize(("command", "flag", "error"), NUMBERS)
def test_a_number_out_of_range_is_refused_before_any_file_is_read(
    command: str, flag: str, error: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = str(tmp_path / "missing")
    files = {
        "check-against": ["--model", missing, "--data", missing, "--probabilities", missing],
        "promote": [missing, "--data", missing],
        "predict": ["--model", missing, "--data", missing, "--out", missing + ".csv"],
    }
    name, *more = command.split()

    assert main([name, *files[name], *more, flag]) == 1

    assert capsys.readouterr() == ("", f"error: {error}\n")
