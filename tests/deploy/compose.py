"""The compose files as values, as Compose puts them together."""

from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from tests.deploy.dockerfile import ROOT

COMPOSE, CPU = ROOT / "docker-compose.yml", ROOT / "docker-compose.cpu.yml"
GPUS, WEBHOOK = ROOT / "docker-compose.gpus.yml", ROOT / "docker-compose.webhook.yml"

# What is added to docker-compose.yml with -f.
OVERRIDES = sorted(ROOT.glob("docker-compose.*.yml"))

# Compose's own tags: the value replaces what would be merged.
TAGS = (" !reset", " !override")


def read_compose(path: Path = COMPOSE) -> dict[str, Any]:
    """Return the file with its anchors resolved."""
    text = path.read_text(encoding="utf-8")
    for tag in TAGS:
        text = text.replace(tag, "")
    read: dict[str, Any] = YAML(typ="safe", pure=True).load(text)
    return read


def built(compose: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the services whose image is made of this tree."""
    return {name: s for name, s in compose["services"].items() if "build" in s}
