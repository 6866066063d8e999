"""The memory of a process."""

from pathlib import Path


def rss_mib(pid: int) -> float:
    """Return the resident memory of a process and of its children, in MiB."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    return own_mib(pid) + sum(rss_mib(int(child)) for child in children)


def largest_child_mib(pid: int) -> float:
    """Return the resident memory of the largest child of a process, in MiB."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    return max(rss_mib(int(child)) for child in children)


def own_mib(pid: int) -> float:
    """Return the resident memory of a process without its children, in MiB."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    [kib] = [line.split()[1] for line in status.splitlines() if line.startswith("VmRSS:")]
    return int(kib) / 1024
