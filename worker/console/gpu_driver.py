"""Asks the driver which GPU is there, without loading torch."""

import subprocess
from dataclasses import dataclass

# The driver's own program; a container that is given a GPU is given it too.
_COMMAND = ("nvidia-smi", "--query-gpu=name,memory.total", "--format=csv,noheader,nounits")

# It answers within a second; a driver that hangs hangs for ever.
TIMEOUT_S = 20


@dataclass(frozen=True, slots=True)
class DriverGpu:
    """A GPU by its name, and its memory in MiB."""

    name: str
    memory_mib: int


def find_gpu() -> DriverGpu | None:
    """Return the first GPU, None where there is none that this process may use."""
    try:
        said = subprocess.run(
            _COMMAND, capture_output=True, text=True, check=True, timeout=TIMEOUT_S
        ).stdout
        name, memory = said.splitlines()[0].rsplit(",", 1)
        return DriverGpu(name.strip(), int(memory))
    except (OSError, subprocess.SubprocessError, ValueError, IndexError):
        return None
