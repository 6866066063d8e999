"""The names that python -m benchmarks knows."""

from importlib.util import find_spec

import pytest

from benchmarks.__main__ import BENCHMARKS, main


@pytest.mark.parametrize("name", BENCHMARKS)
def test_each_benchmark_name_has_a_module(name: str) -> None:
    module, _ = BENCHMARKS[name]

    assert find_spec(f"benchmarks.{module}") is not None


@pytest.mark.parametrize("name", BENCHMARKS)
def test_each_measurement_prints_its_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([name, "--help"])

    assert ended.value.code == 0
    assert "usage: " in capsys.readouterr().out


def test_the_error_for_an_unknown_benchmark_lists_the_known_ones(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["unknown"]) == 2

    printed = capsys.readouterr().out
    assert all(name in printed for name in BENCHMARKS)
