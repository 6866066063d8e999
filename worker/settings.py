"""The worker's settings; `.env.example` names each of them, and a test compares the two."""

from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field, SecretStr

from triage.settings import SharedSettings
from worker.classifiers.language.memory import Device, WeightFormat

AUTO = "auto"


class WorkerSettings(SharedSettings):
    """What the worker can be told besides."""

    # AUTO, the name of a recipe, or a folder.
    worker_model: Annotated[str, BeforeValidator(str)] = AUTO
    # Where the models of recipes lie, and where those that are fetched are put.
    worker_models: Path = Path("models")
    worker_device: Device = "auto"
    worker_weights: WeightFormat = WeightFormat.NF4
    hf_token: SecretStr | None = None
    # How many jobs are taken from the stream at once, to be sorted by length; None: as many as the
    # model asks for.
    worker_look_ahead: int | None = Field(default=None, ge=1)
    # What one batch may cost after padding; a longer job runs alone.
    worker_max_batch_tokens: int = Field(default=4096, ge=1)
    # None: one less than the machine has cores, the model's process takes that one.
    worker_chart_processes: int | None = Field(default=None, ge=1)
    worker_port: int | None = Field(default=None, ge=1, le=65535)
