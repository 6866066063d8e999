"""Describes the machine of a measurement, so that its results can be judged."""

import os
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import torch

LIBRARIES = ("torch", "transformers", "peft", "bitsandbytes", "numpy")

UNKNOWN = "unknown"

# The versions that the tests run with.
CONSTRAINTS = Path(__file__).parents[2] / "constraints.txt"


def describe(device: str) -> dict[str, object]:
    """Return the device, its driver and memory (bytes), the processor and the libraries."""
    gpu = _gpu() if device.startswith("cuda") else {}
    return {
        "device": device,
        **gpu,
        "cpu": _processor(),
        "cpu_count": os.cpu_count(),
        "torch_threads": torch.get_num_threads(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "libraries": {name: _version(name) for name in LIBRARIES},
        "libraries_not_as_pinned": _not_as_pinned(),
    }


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return UNKNOWN


def _not_as_pinned() -> dict[str, dict[str, str]]:
    """Return the libraries whose version is not the tested one, with both versions."""
    try:
        lines = CONSTRAINTS.read_text(encoding="utf-8").splitlines()
    except OSError:
        return {}
    pinned = dict(line.split("==", 1) for line in lines if "==" in line)
    return {
        name: {"found": _version(name), "pinned": pinned[name]}
        for name in LIBRARIES
        if name in pinned and _version(name).partition("+")[0] != pinned[name].partition("+")[0]
    }


def _gpu() -> dict[str, object]:
    properties = torch.cuda.get_device_properties(0)
    return {
        "gpu": properties.name,
        "gpu_memory_bytes": properties.total_memory,
        "compute_capability": f"{properties.major}.{properties.minor}",
        "multiprocessors": properties.multi_processor_count,
        "driver": _driver(),
        "cuda": torch.version.cuda,
    }


def _driver() -> str:
    query = ["nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader", "--id=0"]
    try:
        found = subprocess.run(query, capture_output=True, text=True, timeout=30, check=True)
    except (OSError, subprocess.SubprocessError):
        return UNKNOWN
    return found.stdout.strip() or UNKNOWN


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or UNKNOWN
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, UNKNOWN)
