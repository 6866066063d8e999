"""
The worker's settings, read once from the environment, `.env` and `/run/secrets`.

`.env.example` names each of them; a test compares the two.
"""

from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from triage.limits import LEASE_S
from triage.logs import LogFormat, LogLevel
from triage.taxonomy import DEFAULT_TAXONOMY
from worker.memory import Device, Weights

DEFAULT_MODEL = Path(__file__).parent.parent / "models" / "default"
AUTO = "auto"

SECRETS = Path("/run/secrets")


class WorkerSettings(BaseSettings):
    """What the worker can be told."""

    model_config = SettingsConfigDict(
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",  # the same file holds the bot's settings
        frozen=True,
        secrets_dir=SECRETS if SECRETS.is_dir() else None,
    )

    redis_url: SecretStr = SecretStr("redis://127.0.0.1:6379/0")
    redis_password: SecretStr | None = None
    triage_key_file: Path = Path("keys/triage.key")
    taxonomy_file: Path = DEFAULT_TAXONOMY
    # AUTO, the name of a recipe, or a folder.
    worker_model: Annotated[str, BeforeValidator(str)] = AUTO
    # Where the models of recipes lie, and where those that are fetched are put.
    worker_models: Path = Path("models")
    worker_device: Device = "auto"
    worker_weights: Weights = Weights.NF4
    hf_token: SecretStr | None = None
    # How many jobs are taken from the stream at once, to be sorted by length; None: as many as the
    # model asks for.
    worker_look_ahead: int | None = Field(default=None, ge=1)
    # What one batch may cost after padding; a longer job runs alone.
    worker_max_batch_tokens: int = Field(default=4096, ge=1)
    # None: one less than the machine has cores, the model's process takes that one.
    worker_chart_processes: int | None = Field(default=None, ge=1)
    worker_port: int | None = Field(default=None, ge=1, le=65535)
    lease_s: float = Field(default=LEASE_S, gt=0)
    log_level: LogLevel = "INFO"
    log_format: LogFormat = "text"

    @field_validator("redis_url")
    @classmethod
    def _looks_like_redis(cls, url: SecretStr) -> SecretStr:
        if not url.get_secret_value().startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("begins with redis://, rediss:// or unix://")
        return url
