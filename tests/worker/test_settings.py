from pathlib import Path

import pytest
from pydantic import ValidationError

from tests.console import told_nothing
from worker.settings import AUTO, WorkerSettings


@pytest.fixture(autouse=True)
def _nothing_is_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Hide the settings of whoever runs the tests."""
    told_nothing(WorkerSettings, monkeypatch, tmp_path)


def test_a_worker_runs_without_any_setting() -> None:
    settings = WorkerSettings()
    assert settings.redis_url.get_secret_value() == "redis://127.0.0.1:6379/0"
    assert settings.worker_model == AUTO


def test_environment_settings_override_the_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Path(".env").write_text("WORKER_LOOK_AHEAD=3\nLEASE_S=7\nBOT_TOKEN=1:x\n")
    monkeypatch.setenv("WORKER_LOOK_AHEAD", "5")
    settings = WorkerSettings()
    assert (settings.worker_look_ahead, settings.lease_s) == (5, 7)


def test_a_secret_may_be_a_file(tmp_path: Path) -> None:
    (tmp_path / "redis_url").write_text("redis://:hush@redis/0\n")
    settings = WorkerSettings(_secrets_dir=tmp_path)
    assert settings.redis_url.get_secret_value() == "redis://:hush@redis/0"


def test_the_password_is_not_in_the_settings_repr() -> None:
    settings = WorkerSettings(redis_url="redis://:hush@redis/0")
    assert "hush" not in f"{settings!r} {settings}"


def test_an_empty_setting_means_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKER_MODEL", "")
    assert WorkerSettings().worker_model == AUTO


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("lease_s", "0"),
        ("worker_look_ahead", "0"),
        ("worker_max_batch_tokens", "many"),
        ("worker_chart_processes", "-1"),
        ("log_level", "LOUD"),
        ("redis_url", "localhost:6379"),
    ],
)
def test_the_error_names_an_invalid_setting(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name.upper(), value)
    with pytest.raises(ValidationError) as caught:
        WorkerSettings()
    assert [problem["loc"] for problem in caught.value.errors()] == [(name,)]


def test_settings_are_immutable() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        WorkerSettings().lease_s = 3
