"""The exit codes of all command lines."""

import pytest

from triage.command_line import exit_code
from triage.errors import BadSettings, TriageError


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (BadSettings("no token"), 2, "bot: no token"),
        (TriageError("no Redis"), 1, "bot: no Redis"),
        (ZeroDivisionError("zero"), 1, "bot: zero"),
        (KeyboardInterrupt(), 130, "bot: interrupted"),
    ],
)
def test_each_refusal_is_one_line_with_its_exit_code(
    error: BaseException, code: int, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> int:
        raise error

    assert exit_code("bot", fail, ZeroDivisionError) == code

    assert capsys.readouterr() == ("", f"{line}\n")
