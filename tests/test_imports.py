"""The import rules of docs/architecture.md, checked on every file, functions' insides included."""

import ast
import re
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")

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
# Where networks are trained.
NETWORKS = {"training/finetuning/", "training/loop/"}
# One door each.
DOORS = {
    "argparse": {
        "bot/__main__.py",
        "sandbox/__main__.py",
        "training/__main__.py",
        "training/commands/",
        "worker/__main__.py",
    },
    "cryptography": {"triage/sealing.py"},
    "matplotlib": {"charts/"},
    "fluent": {"bot/texts.py"},
    "alembic": {"bot/archive/"},
    "torch": {
        "worker/classifiers/language/model.py",
        "worker/classifiers/language/network.py",
        "worker/classifiers/language/placement.py",
        *NETWORKS,
    },
    "transformers": {
        "worker/classifiers/language/network.py",
        "worker/classifiers/language/tokens.py",
        *NETWORKS,
    },
    "peft": {"worker/classifiers/language/network.py", "training/finetuning/adapting.py"},
    "bitsandbytes": {"worker/classifiers/language/network.py"},
    "sklearn": {"training/evaluation/", "training/linear/logistic_regression.py"},
    "optuna": {"training/tuning/search.py"},
    "ray": {"training/prediction/ray_engine.py"},
    "huggingface_hub": {"worker/classifiers/hub/download.py", "worker/classifiers/hub/retry.py"},
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


def modules() -> dict[str, Path]:
    """Return the file of each module of all packages, by its full name."""
    files = {path: path.relative_to(ROOT).with_suffix("") for p in MAY for path in sources(p)}
    return {".".join(name.parts).removesuffix(".__init__"): path for path, name in files.items()}


def imports() -> dict[str, set[str]]:
    """Return the modules of the project that each of its modules imports."""
    files = modules()

    def known(name: str) -> str | None:
        return next((n for n in (name, name.rpartition(".")[0]) if n in files), None)

    return {
        module: {found for name in imported(path) if (found := known(name))} - {module}
        for module, path in files.items()
    }


def folder(module: str) -> str:
    """Return the folder in its package that a module lies in, or the module where it is in none."""
    return ".".join(module.split(".")[:2])


def test_no_imports_go_in_a_circle() -> None:
    graph = imports()
    order = list(TopologicalSorter(graph).static_order())  # raises CycleError with the circle

    assert len(order) >= len(graph)


def test_no_folders_import_each_other_in_a_circle() -> None:
    graph: dict[str, set[str]] = {}
    for module, others in imports().items():
        graph.setdefault(folder(module), set()).update(map(folder, others))
    order = list(TopologicalSorter({f: graph[f] - {f} for f in graph}).static_order())

    assert {"training.dataset", "training.finetuning", "bot.archive"} < set(order)


def test_the_folders_of_training_are_explained_in_the_order_of_their_imports() -> None:
    explained = re.split("```", ARCHITECTURE.partition("Inside `training/`")[2])[1]
    order = re.findall(r"^(\w+)/ ", explained, flags=re.MULTILINE)
    assert set(order) == {path.parent.name for path in (ROOT / "training").glob("*/__init__.py")}

    for module, others in imports().items():
        top, *inside = module.split(".")
        if top != "training" or len(inside) < 2:
            continue
        above = order[: order.index(inside[0]) + 1]
        below = {
            other for other in others if other.startswith("training.") and other.count(".") > 1
        }
        wrong = {other for other in below if other.split(".")[1] not in above}
        assert not wrong, f"{module} imports {', '.join(sorted(wrong))}"


def test_init_files_are_empty_and_no_package_has_a_dumping_ground() -> None:
    dumps = {"utils", "common", "helpers", "manager", "base"}
    for package in MAY:
        for path in sources(package):
            if path.name == "__init__.py":
                assert not path.read_text(encoding="utf-8").strip(), f"{path} is not empty"
            names = {path.stem, *path.relative_to(ROOT).parts}
            assert not names & dumps, f"{path} says nothing about what is in it"


def test_a_hidden_import_is_seen(tmp_path: Path) -> None:
    hidden = tmp_path / "hidden.py"
    hidden.write_text("def f():\n    if True:\n        import torch.nn\n")

    assert imported(hidden) == {"torch.nn"}
