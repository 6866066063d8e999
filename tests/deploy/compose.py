"""The compose files as values, as Compose puts them together."""

from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from tests.deploy.dockerfile import ROOT

COMPOSE, CPU = ROOT / "docker-compose.yml", ROOT / "docker-compose.cpu.yml"

# Compose's own tag: what stands there takes the place of what would be merged.
RESET = " !reset"


def read_compose(path: Path = COMPOSE) -> dict[str, Any]:
    """Return the file with its anchors resolved."""
    text = path.read_text(encoding="utf-8").replace(RESET, "")
    read: dict[str, Any] = YAML(typ="safe", pure=True).load(text)
    return read


def built(compose: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the services whose image is made of this tree."""
    return {name: s for name, s in compose["services"].items() if "build" in s}
