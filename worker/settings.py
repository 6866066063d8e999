"""The worker's settings; `.env.example` names each of them, and a test compares the two."""

from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field, SecretStr

from triage.settings import LOOPBACK, SharedSettings
from worker.classifiers.language.memory import Device, WeightFormat

AUTO = "auto"


class WorkerSettings(SharedSettings):
    """The settings of the worker alone."""

    # AUTO, the name of a recipe, or a folder.
    worker_model: Annotated[str, BeforeValidator(str)] = AUTO
    # The folder of the recipes' models; downloaded ones are stored there.
    worker_models: Path = Path("models")
    worker_device: Device = "auto"
    worker_weights: WeightFormat = WeightFormat.AUTO
    hf_token: SecretStr | None = None
    # How many jobs the window holds, to be sorted by length; None: the model's own number.
    worker_look_ahead: int | None = Field(default=None, ge=1)
    # The token budget of one batch after padding; a longer job runs alone.
    worker_max_batch_tokens: int = Field(default=4096, ge=1)
    # None: one less than the machine has cores; the model's process takes one.
    worker_chart_processes: int | None = Field(default=None, ge=1)
    worker_port: int | None = Field(default=None, ge=1, le=65535)
    worker_host: str = LOOPBACK
