"""Each part runs with its own libraries only: what must not be needed is not even imported."""

import subprocess
import sys

import pytest

FORBIDDEN = {
    "bot.app": {"torch", "transformers", "sklearn", "worker", "training"},
    "worker.app": {"aiogram", "torch", "transformers", "sklearn", "sqlalchemy", "bot", "training"},
    "sandbox.script": {"torch", "transformers", "sklearn", "training"},
    # Its first line is printed before what takes long to import.
    "sandbox.__main__": {"aiogram", "aiohttp", "sqlalchemy", "numpy", "bot", "worker"},
}


@pytest.mark.parametrize("module", FORBIDDEN)
def test_a_module_loads_no_forbidden_library(module: str) -> None:
    code = f"import sys, {module}; print(*(name.split('.')[0] for name in sys.modules))"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert module.split(".")[0] in loaded.stdout.split(), "the probe itself must have run"
    assert not FORBIDDEN[module] & set(loaded.stdout.split())
