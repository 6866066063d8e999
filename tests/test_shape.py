"""What keeps the packages readable: one name for one thing, short files, short functions."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.test_imports import PACKAGES, ROOT, sources

MAX_FILE_LINES = 300
MAX_FUNCTION_LINES = 40
MAX_P90_FUNCTION_LINES = 16
MAX_FILES_IN_BOT = 16

# A longer function says why with such a comment in its body.
REASON = "# long: "

# Modules that mean the same in each package.
SAME_EVERYWHERE = {
    "__main__",  # the command line
    "app",  # the running service
    "errors",
    "metrics",  # for Prometheus
    "monitoring",  # HTTP that serves metrics and health
    "retry",  # which failed call is repeated, and when
    "settings",
}
# Their files are named after a command.
COMMANDS = {"console", "commands"}

Function = ast.FunctionDef | ast.AsyncFunctionDef

FILES = [path for package in PACKAGES for path in sources(package)]


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def functions(path: Path) -> Iterator[Function]:
    return (node for node in ast.walk(tree(path)) if isinstance(node, Function))


def length(function: Function) -> int:
    """Count lines from `def` to the last statement, without decorators and docstring."""
    first = function.body[0]
    is_docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    docstring = span(first) if is_docstring and ast.get_docstring(function) is not None else 0
    return span(function) - docstring


def span(node: ast.stmt) -> int:
    assert node.end_lineno is not None
    return node.end_lineno - node.lineno + 1


def test_a_class_name_is_defined_once() -> None:
    defined = defaultdict(list)
    for path in FILES:
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.ClassDef):
                defined[node.name].append(path.relative_to(ROOT).as_posix())

    assert not {name: files for name, files in defined.items() if len(files) > 1}


def test_a_module_name_is_used_once() -> None:
    named = defaultdict(list)
    for path in FILES:
        if path.stem not in {"__init__", *SAME_EVERYWHERE} and path.parent.name not in COMMANDS:
            named[path.stem].append(path.relative_to(ROOT).as_posix())

    assert not {name: files for name, files in named.items() if len(files) > 1}


def test_the_top_folder_of_the_bot_has_few_files() -> None:
    assert len(list((ROOT / "bot").glob("*.py"))) <= MAX_FILES_IN_BOT


def test_files_are_short() -> None:
    lines = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in FILES}

    assert not {str(path): count for path, count in lines.items() if count > MAX_FILE_LINES}


def test_a_long_function_gives_its_reason() -> None:
    for path in FILES:
        lines = path.read_text(encoding="utf-8").splitlines()
        for function in functions(path):
            body = lines[function.lineno - 1 : function.end_lineno]
            if length(function) > MAX_FUNCTION_LINES:
                assert any(REASON in line for line in body), f"{path}: {function.name}"


def test_nine_of_ten_functions_are_short() -> None:
    lengths = sorted(length(function) for path in FILES for function in functions(path))

    assert lengths[len(lengths) * 9 // 10] <= MAX_P90_FUNCTION_LINES


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("@decorated\ndef f():\n    return 1\n", 2),
        ('async def f():\n    """Say.\n\n    More.\n    """\n    return 1\n', 2),
        ("def f(\n    a,\n):\n    b = a\n\n    return b\n", 6),
    ],
)
def test_function_length_excludes_decorators_and_docstring(source: str, lines: int) -> None:
    [function] = ast.parse(source).body
    assert isinstance(function, Function)

    assert length(function) == lines
