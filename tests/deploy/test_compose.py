"""What the compose files promise, read as values: no engine is needed."""

import re
from pathlib import Path
from typing import Any

import pytest
from dotenv import dotenv_values

from bot.console.stopping import STOP_S
from bot.settings import BotSettings
from bot.telegram.webhook import PORT
from tests.deploy.compose import COMPOSE, CPU, GPUS, OVERRIDES, WEBHOOK, built, read_compose
from tests.deploy.dockerfile import ROOT, read_stages
from worker import shutdown
from worker.settings import WorkerSettings

FILE = read_compose()
SERVICES: dict[str, dict[str, Any]] = FILE["services"]
STAGES = read_stages()
SETTINGS = {
    "bot": {name.upper() for name in BotSettings.model_fields},
    "worker": {name.upper() for name in WorkerSettings.model_fields},
}
# What runs for as long as the product does.
STAYING = sorted(set(SERVICES) - {"init"})


def seconds(duration: str) -> float:
    number, unit = re.fullmatch(r"(\d+)([smh])", duration).groups()  # type: ignore[union-attr]
    return int(number) * {"s": 1, "m": 60, "h": 3600}[unit]


def mounts(service: dict[str, Any]) -> dict[str, tuple[str, bool]]:
    """Return where each volume or folder is seen, and whether it can be written there."""
    parts = [entry.split(":") for entry in service.get("volumes", ())]
    return {part[0]: (part[1], part[2:] != ["ro"]) for part in parts}


def volumes(service: dict[str, Any]) -> dict[str, tuple[str, bool]]:
    """Return the mounts that are volumes, not folders of the host."""
    return {name: seen for name, seen in mounts(service).items() if not name.startswith(".")}


@pytest.mark.parametrize("name", ["bot", "worker"])
def test_every_environment_variable_of_a_service_is_one_of_its_settings(name: str) -> None:
    assert set(SERVICES[name]["environment"]) <= SETTINGS[name]


def test_each_variable_in_the_compose_files_is_a_setting_or_a_build_argument() -> None:
    texts = [path.read_text(encoding="utf-8") for path in (COMPOSE, *OVERRIDES)]
    asked = set(re.findall(r"\$\{([A-Z_]+)", "".join(texts)))
    arguments = {a.rest.partition("=")[0] for s in STAGES.values() for a in s.all("ARG")}
    assert asked <= SETTINGS["bot"] | SETTINGS["worker"] | arguments


@pytest.mark.parametrize("name", ["bot", "worker"])
def test_the_example_file_names_each_setting_that_compose_fixes(name: str) -> None:
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    comments = {
        setting: comment
        for comment, setting in re.findall(r"((?:^#.*\n)*)^([A-Z_]+)=", text, re.MULTILINE)
    }
    for setting, value in SERVICES[name]["environment"].items():
        if not value.startswith(f"${{{setting}:-"):
            assert f"Docker Compose: always {value}" in comments[setting], setting


def test_a_copy_of_the_example_file_leaves_the_defaults_of_compose() -> None:
    given = dotenv_values(ROOT / ".env.example")
    for path in (COMPOSE, *OVERRIDES):
        for service in read_compose(path)["services"].values():
            for name, value in service.get("environment", {}).items():
                if default := re.fullmatch(rf"\${{{name}:-(.+)}}", value):
                    assert given[name] in ("", default[1]), f"{path.name}: {name}"


@pytest.mark.parametrize("name", ["bot", "worker"])
def test_the_address_of_redis_comes_from_the_env_file(name: str) -> None:
    url = SERVICES[name]["environment"]["REDIS_URL"]
    assert url == "${REDIS_URL:-redis://redis:6379/0}"


@pytest.mark.parametrize("path", OVERRIDES, ids=lambda path: path.name)
def test_an_override_file_sets_no_setting_that_the_env_file_decides(path: Path) -> None:
    for service in read_compose(path)["services"].values():
        for name, value in service.get("environment", {}).items():
            assert value.startswith(f"${{{name}:-"), f"{name} of .env does not count"


def test_bot_and_worker_read_own_classes_from_a_folder_of_the_checkout() -> None:
    for name in ("bot", "worker"):
        assert mounts(SERVICES[name])["./own"] == ("/app/own", False)
    # Docker would create a missing folder, with root as its owner.
    assert (ROOT / "own" / "README.md").exists()
    # The bot reads it from .env.
    assert SERVICES["worker"]["environment"]["TAXONOMY_FILE"] == "${TAXONOMY_FILE:-}"
    assert "TAXONOMY_FILE" not in SERVICES["bot"]["environment"]


def test_git_ignores_own_classes_backups_and_secrets() -> None:
    ignored = set((ROOT / ".gitignore").read_text(encoding="utf-8").splitlines())
    assert {"/own/*", "!/own/README.md", "/backup/", "/restore/", ".env"} <= ignored


def test_the_worker_gets_all_its_settings_and_no_bot_token() -> None:
    # The file of settings goes to the bot alone, so what the worker reads is named one by one.
    from_the_volume = {"REDIS_PASSWORD", "HF_TOKEN"}
    assert set(SERVICES["worker"]["environment"]) == SETTINGS["worker"] - from_the_volume
    assert "secrets" not in SERVICES["worker"]
    for name in ("bot", "init"):
        assert SERVICES[name]["secrets"] == [{"source": "settings", "target": "/app/.env"}]
    assert FILE["secrets"]["settings"] == {"file": ".env"}


def test_no_service_has_a_secret_in_its_environment() -> None:
    for name, service in SERVICES.items():
        secret = {v for v in service.get("environment", ()) if re.search("(TOKEN|PASSWORD)$", v)}
        assert not secret, name


def test_every_target_is_a_stage_of_the_dockerfile() -> None:
    targets = {s["build"]["target"] for f in (FILE, read_compose(CPU)) for s in built(f).values()}
    assert targets == {"bot", "worker", "worker-cpu"}
    assert targets <= set(STAGES)


def test_with_several_gpus_each_worker_has_its_own_gpu() -> None:
    workers = read_compose(GPUS)["services"]
    devices = {name: gpus(service) for name, service in workers.items()}
    assert devices == {"worker": [["0"]], "worker-1": [["1"]]}
    assert workers["worker-1"]["extends"] == {"file": COMPOSE.name, "service": "worker"}


def gpus(service: dict[str, Any]) -> list[list[str]]:
    reserved = service["deploy"]["resources"]["reservations"]["devices"]
    return [device["device_ids"] for device in reserved]


def test_every_used_volume_network_and_secret_is_declared() -> None:
    for kind in ("networks", "secrets"):
        used = {
            entry["source"] if isinstance(entry, dict) else entry
            for service in SERVICES.values()
            for entry in service.get(kind, ())
        }
        assert used == set(FILE[kind]), kind
    assert {v for s in SERVICES.values() for v in volumes(s)} == set(FILE["volumes"])


def test_the_key_has_its_own_volume_which_the_worker_mounts_read_only() -> None:
    # The bot adds the key of a backup that is restored.
    for name, writes in (("init", True), ("bot", True), ("worker", False)):
        assert volumes(SERVICES[name])["keys"] == ("/app/keys", writes)
    assert volumes(SERVICES["bot"])["archive"] == ("/app/data", True)
    assert "archive" not in volumes(SERVICES["worker"])


def test_only_the_init_service_can_write_passwords() -> None:
    writers = {name for name, s in SERVICES.items() if volumes(s).get("secrets", ("", False))[1]}
    assert writers == {"init"}


@pytest.mark.parametrize("name", SERVICES)
def test_a_container_has_minimal_privileges_and_resource_limits(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "cap_add" not in service
    assert "privileged" not in service
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["pids_limit"] > 0
    assert service["mem_limit"]
    assert service["logging"]["options"]["max-file"]
    assert "/tmp" in service["tmpfs"]
    assert "ports" not in service


@pytest.mark.parametrize("name", STAYING)
def test_long_running_services_have_restart_policy_and_health_check(name: str) -> None:
    service = SERVICES[name]
    assert service["restart"] == "unless-stopped"
    assert service["healthcheck"]["test"][0] in {"CMD", "CMD-SHELL"}
    assert service["depends_on"]["init"] == {"condition": "service_completed_successfully"}


@pytest.mark.parametrize("name", ["bot", "worker"])
def test_bot_and_worker_have_health_commands_and_start_after_redis(name: str) -> None:
    service = SERVICES[name]
    assert service["healthcheck"]["test"] == ["CMD", "python", "-m", name, "health"]
    assert service["depends_on"]["redis"] == {"condition": "service_healthy"}


def test_redis_and_postgresql_are_on_the_internal_network_only() -> None:
    assert FILE["networks"]["inside"]["internal"] is True
    assert SERVICES["redis"]["networks"] == ["inside"]
    assert SERVICES["postgres"]["networks"] == ["inside"]
    assert SERVICES["init"]["network_mode"] == "none"


def test_redis_persists_every_write_and_evicts_nothing() -> None:
    command = SERVICES["redis"]["command"]
    options = dict(zip(command[2::2], command[3::2], strict=True))
    assert command[:2] == ["redis-server", "/run/secrets/redis.conf"]
    assert options["--appendonly"] == "yes"
    assert options["--appendfsync"] == "always"
    assert options["--maxmemory-policy"] == "noeviction"


def test_the_stop_grace_period_exceeds_the_shutdown_time_of_the_bot() -> None:
    assert seconds(SERVICES["bot"]["stop_grace_period"]) >= STOP_S + 5


def test_the_stop_grace_period_covers_the_running_batch_of_the_worker() -> None:
    # The rest is for the answers on their way and for giving jobs back.
    assert seconds(SERVICES["worker"]["stop_grace_period"]) >= shutdown.STOP_S + 15


def test_the_worker_gets_a_gpu_and_the_largest_model_by_default() -> None:
    [device] = SERVICES["worker"]["deploy"]["resources"]["reservations"]["devices"]
    assert device == {"driver": "nvidia", "count": 1, "capabilities": ["gpu"]}
    assert SERVICES["worker"]["environment"]["WORKER_MODEL"] == "${WORKER_MODEL:-auto}"


def test_the_cpu_compose_file_removes_the_gpu_and_uses_the_small_image() -> None:
    [(name, service)] = read_compose(CPU)["services"].items()
    assert name == "worker"
    assert service["deploy"] == {}
    assert "deploy: !reset {}" in CPU.read_text()
    assert service["build"] == {"target": "worker-cpu"}


def test_the_webhook_file_publishes_the_port_of_the_bot_on_this_machine_only() -> None:
    port = "${BOT_PORT:-8080}"
    services = read_compose(WEBHOOK)["services"]
    assert services == {"bot": {"ports": [f"127.0.0.1:{port}:{port}"]}}
    assert str(PORT) in port


@pytest.mark.parametrize("path", OVERRIDES, ids=lambda path: path.name)
def test_an_override_file_belongs_to_the_same_project(path: Path) -> None:
    override = read_compose(path)
    assert override["name"] == FILE["name"]
    added = set(override["services"]) - set(SERVICES)
    assert all("extends" in override["services"][name] for name in added)


def test_the_bot_waits_for_postgresql_only_if_it_is_enabled() -> None:
    waited_for = SERVICES["bot"]["depends_on"]["postgres"]
    assert waited_for == {"condition": "service_healthy", "required": False}


def test_postgresql_runs_only_with_its_profile() -> None:
    profiles = {
        name: service["profiles"] for name, service in SERVICES.items() if "profiles" in service
    }
    assert profiles == {"postgres": ["postgres"]}
