"""
The Dockerfile as values: its stages, what each is built from, and the instructions of each.

Reads what this project's Dockerfile uses and refuses the rest, so that nothing is silently left
out of a replay.
"""

import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
DOCKERFILE = ROOT / "Dockerfile"

KNOWN = {"FROM", "ARG", "ENV", "RUN", "WORKDIR", "COPY", "USER", "CMD"}


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction: its flags (--mount=...) and the rest."""

    keyword: str
    flags: tuple[str, ...]
    rest: str

    @property
    def words(self) -> list[str]:
        """The rest as a shell would split it."""
        return shlex.split(self.rest)

    def binds(self) -> dict[str, str]:
        """Return which paths of the metadata stage the instruction sees, by where it sees them."""
        options = [dict(p.partition("=")[::2] for p in f.split(",")) for f in self.mounts()]
        bound = [option for option in options if option["type"] == "bind"]
        assert all(option["from"] == "metadata" for option in bound), "a mount of another stage"
        return {option["target"]: option["source"] for option in bound}

    def mounts(self) -> list[str]:
        """Return the mounts without their flag."""
        return [f.removeprefix("--mount=") for f in self.flags if f.startswith("--mount=")]


@dataclass(slots=True)
class Stage:
    """A stage by its name, and the name of the stage or image that it begins with."""

    name: str
    base: str
    instructions: list[Instruction] = field(default_factory=list)

    def all(self, keyword: str) -> list[Instruction]:
        """Return the stage's own instructions of one kind."""
        return [i for i in self.instructions if i.keyword == keyword]


def read_stages(path: Path = DOCKERFILE) -> dict[str, Stage]:
    """Return the stages by name, in their order."""
    lines = [
        line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")
    ]
    stages: dict[str, Stage] = {}
    for text in re.sub(r"\\\n", " ", "\n".join(lines)).splitlines():
        if not text.strip():
            continue
        keyword, _, rest = text.strip().partition(" ")
        assert keyword in KNOWN, f"{path.name}: {keyword} is new here; teach the replay about it"
        if keyword == "FROM":
            base, _, name = rest.partition(" AS ")
            stages[name] = Stage(name, base)
        else:
            list(stages.values())[-1].instructions.append(_instruction(keyword, rest))
    return stages


def _instruction(keyword: str, rest: str) -> Instruction:
    flags = []
    rest = rest.strip()
    while rest.startswith("--"):
        flag, _, rest = rest.partition(" ")
        flags.append(flag)
        rest = rest.strip()
    return Instruction(keyword, tuple(flags), re.sub(r"\s+", " ", rest))
