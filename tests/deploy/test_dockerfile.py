"""What the Dockerfile promises, read as values: no engine is needed."""

import re

import pytest

from tests.deploy.compose import read_compose
from tests.deploy.dockerfile import ROOT, read_stages

STAGES = read_stages()
TARGETS = ("bot", "worker-cpu", "worker")
UID = "10001:10001"


@pytest.mark.parametrize("target", TARGETS)
def test_a_container_runs_as_a_fixed_non_root_user(target: str) -> None:
    last_two = [i.keyword for i in STAGES[target].instructions[-2:]]
    assert last_two == ["USER", "CMD"]
    assert STAGES[target].all("USER")[0].rest == UID


@pytest.mark.parametrize("target", TARGETS)
def test_source_code_is_copied_after_the_dependencies_are_installed(target: str) -> None:
    kinds = [i.keyword for i in STAGES[target].instructions]
    assert max(i for i, kind in enumerate(kinds) if kind == "RUN") < kinds.index("COPY")


@pytest.mark.parametrize("target", TARGETS)
def test_images_install_only_the_tested_versions(target: str) -> None:
    for run in STAGES[target].all("RUN"):
        assert "--constraint /metadata/constraints.txt" in run.rest or "/torch.txt" in run.rest
        assert "type=cache,target=/root/.cache/pip" in run.mounts()
    assert re.search(r"(?m)^torch==", (ROOT / "constraints.txt").read_text())


def test_an_optional_build_argument_chooses_the_cuda_version() -> None:
    [argument] = STAGES["worker"].all("ARG")
    assert argument.rest == "TORCH_INDEX="
    assert '${TORCH_INDEX:+--index-url "${TORCH_INDEX}"}' in STAGES["worker"].all("RUN")[0].rest


def test_dockerignore_allows_exactly_the_copied_files() -> None:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    allowed = {line.removeprefix("!") for line in lines if line.startswith("!")}
    copied = {
        word for stage in STAGES.values() for copy in stage.all("COPY") for word in copy.words[:-1]
    }
    assert copied == allowed
    assert "*" in lines
    assert all((ROOT / name).exists() for name in allowed)


def test_every_mount_point_is_created_for_the_container_user() -> None:
    # A new volume takes owner and permissions from the image's folder of that name.
    [made] = re.findall(
        r"install -d -o triage -g triage -m 0750 (.*)$", STAGES["base"].all("RUN")[0].rest
    )
    services = read_compose()["services"]
    seen = {
        entry.split(":")[1]
        for name in ("init", "bot", "worker")
        for entry in services[name]["volumes"]
        if not entry.startswith(".")
    }
    assert seen == set(made.split())
