"""Asks the driver for the GPU without loading torch, and explains why PyTorch may not see it."""

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

# The driver's own program; a container with a GPU has it too.
_COMMAND = (
    "nvidia-smi",
    "--query-gpu=name,memory.total,driver_version",
    "--format=csv,noheader,nounits",
)

# It answers within a second, unless the driver hangs.
TIMEOUT_S = 20

# The oldest driver branch on Linux for each major version of CUDA.
# https://docs.nvidia.com/deploy/cuda-compatibility/
LEAST_DRIVER: Mapping[int, int] = MappingProxyType({11: 450, 12: 525, 13: 580})


@dataclass(frozen=True, slots=True)
class DriverGpu:
    """A GPU by its name, its memory in MiB, and the version of its driver, like 570.86.10."""

    name: str
    memory_mib: int
    driver: str


def find_gpu() -> DriverGpu | None:
    """Return the first GPU, None if there is none that this process may use."""
    try:
        output = subprocess.run(
            _COMMAND, capture_output=True, text=True, check=True, timeout=TIMEOUT_S
        ).stdout
        name, memory, driver = output.splitlines()[0].rsplit(",", 2)
        return DriverGpu(name.strip(), int(memory), driver.strip())
    except (OSError, subprocess.SubprocessError, ValueError, IndexError):
        return None


def unseen_reason(gpu: DriverGpu, cuda: str | None) -> str:
    """Return why a PyTorch built for `cuda` (None: for the CPU) does not see `gpu`, in one line."""
    shown = f"driver {gpu.driver} shows {gpu.name} with {gpu.memory_mib} MiB"
    if cuda is None:
        return f"{shown}; this PyTorch is built for the CPU: install one that is built for CUDA"
    least = LEAST_DRIVER.get(int(cuda.partition(".")[0]), 0)
    if int(gpu.driver.partition(".")[0]) < least:
        return (
            f"{shown}; CUDA {cuda} needs driver {least} or newer: update the driver, or build for "
            "an older CUDA (TORCH_INDEX in .env, docs/deploy.md)"
        )
    return f"{shown}; check CUDA_VISIBLE_DEVICES and whether the container may use the GPU"
