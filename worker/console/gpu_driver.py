"""Asks the driver for the GPU, without loading torch."""

import subprocess
from dataclasses import dataclass

# The driver's own program; a container with a GPU has it too.
_COMMAND = ("nvidia-smi", "--query-gpu=name,memory.total", "--format=csv,noheader,nounits")

# It answers within a second, unless the driver hangs.
TIMEOUT_S = 20


@dataclass(frozen=True, slots=True)
class DriverGpu:
    """A GPU by its name, and its memory in MiB."""

    name: str
    memory_mib: int


def find_gpu() -> DriverGpu | None:
    """Return the first GPU, None if there is none that this process may use."""
    try:
        output = subprocess.run(
            _COMMAND, capture_output=True, text=True, check=True, timeout=TIMEOUT_S
        ).stdout
        name, memory = output.splitlines()[0].rsplit(",", 1)
        return DriverGpu(name.strip(), int(memory))
    except (OSError, subprocess.SubprocessError, ValueError, IndexError):
        return None
