"""The import rules of docs/architecture.md, checked on every file, functions' insides included."""

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

# What a package may import of the project, and what heavy or foreign libraries it may not.
MAY = {
    "triage": set(),
    "charts": {"triage"},
    "bot": {"triage", "charts"},
    "worker": {"triage", "charts"},
    "training": {"triage", "worker", "charts"},
    "sandbox": {"triage", "bot", "worker"},
}
NEVER = {
    "triage": {"aiogram", "torch", "transformers", "sklearn", "matplotlib", "sqlalchemy", "numpy"},
    "charts": {"aiogram", "torch", "transformers", "sklearn", "redis", "sqlalchemy"},
    "bot": {"torch", "transformers", "sklearn", "matplotlib"},
    "worker": {"aiogram", "sklearn", "matplotlib", "sqlalchemy"},
    "training": {"aiogram", "redis", "sqlalchemy"},
    "sandbox": {"torch", "sklearn", "matplotlib"},
}
# One door each.
DOORS = {
    "cryptography": {"triage/sealing.py"},
    "matplotlib": {"charts/"},
    "fluent": {"bot/texts.py"},
    "alembic": {"bot/archive/"},
    "torch": {"worker/model.py", "worker/network.py", "worker/placement.py", "training/"},
    "transformers": {"worker/network.py", "worker/tokens.py", "training/"},
    "peft": {"worker/network.py", "training/"},
    "bitsandbytes": {"worker/network.py", "training/"},
    "sklearn": {"training/"},
    "optuna": {"training/tuning.py"},
    "ray": {"training/ray_engine.py"},
    "huggingface_hub": {"worker/hub.py", "worker/hub_errors.py"},
    "prometheus_client": {"bot/metrics.py", "worker/metrics.py"},
}


def sources(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def imported(path: Path) -> set[str]:
    """Return the full names of all modules that a file imports, wherever the statement stands."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def tops(path: Path) -> set[str]:
    return {name.split(".")[0] for name in imported(path)}


@pytest.mark.parametrize("package", MAY)
def test_a_package_imports_only_what_it_may(package: str) -> None:
    foreign = (set(MAY) | {"tests", "benchmarks"}) - MAY[package] - {package}
    for path in sources(package):
        wrong = tops(path) & (foreign | NEVER[package])
        assert not wrong, f"{path.relative_to(ROOT)} imports {', '.join(sorted(wrong))}"


@pytest.mark.parametrize("library", DOORS)
def test_a_heavy_library_has_one_door(library: str) -> None:
    through = {
        path.relative_to(ROOT).as_posix()
        for package in MAY
        for path in sources(package)
        if library in tops(path)
    }
    stray = {name for name in through if not any(name.startswith(d) for d in DOORS[library])}
    assert not stray


def test_no_imports_go_in_a_circle() -> None:
    files = {path: path.relative_to(ROOT).with_suffix("") for p in MAY for path in sources(p)}
    modules = {".".join(name.parts).removesuffix(".__init__"): path for path, name in files.items()}

    def known(name: str) -> str | None:
        return next((n for n in (name, name.rpartition(".")[0]) if n in modules), None)

    graph = {
        module: {known(name) for name in imported(path)} - {None, module}
        for module, path in modules.items()
    }
    order = list(TopologicalSorter(graph).static_order())  # raises CycleError with the circle

    assert len(order) >= len(modules)


def test_init_files_are_empty_and_no_package_has_a_dumping_ground() -> None:
    dumps = {"utils", "common", "helpers", "manager", "base"}
    for package in MAY:
        for path in sources(package):
            if path.name == "__init__.py":
                assert not path.read_text(encoding="utf-8").strip(), f"{path} is not empty"
            assert path.stem not in dumps, f"{path} says nothing about what is in it"


def test_a_hidden_import_is_seen(tmp_path: Path) -> None:
    hidden = tmp_path / "hidden.py"
    hidden.write_text("def f():\n    if True:\n        import torch.nn\n")

    assert imported(hidden) == {"torch.nn"}
