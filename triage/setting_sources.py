"""
Where settings are read from: the environment, then `.env`, then one file each in `/run/secrets`.

Values are literal in all three. This module must not know which settings there are.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import field_validator
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    PydanticBaseSettingsSource,
    SecretsSettingsSource,
    SettingsConfigDict,
)

from triage.env_file import read_env_file, read_utf8
from triage.errors import BadSettings

ENV_FILE = Path(".env")


class FileSettings(BaseSettings):
    """The base of all settings; raises BadSettings for a file that cannot be read."""

    model_config = SettingsConfigDict(
        env_file=(),  # the library would read it before the sources below do; see _EnvFile
        env_ignore_empty=True,
        extra="ignore",  # the same file contains the settings of other parts
        frozen=True,
    )

    @field_validator("*", mode="before")
    @classmethod
    def _is_utf8(cls, value: Any) -> Any:
        """Refuse a value in another encoding, which Python represents by surrogates."""
        if isinstance(value, str) and any("\ud800" <= letter <= "\udfff" for letter in value):
            raise ValueError("is not UTF-8; set it in UTF-8")
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Return the sources; the first one with a value decides."""
        assert isinstance(dotenv_settings, DotEnvSettingsSource)
        assert isinstance(file_secret_settings, SecretsSettingsSource)
        return (
            init_settings,
            env_settings,
            _EnvFile(settings_cls, env_file=dotenv_settings.env_file),
            _SecretFiles(settings_cls, secrets_dir=file_secret_settings.secrets_dir),
        )


class _EnvFile(DotEnvSettingsSource):
    """The library's source skips what it cannot parse and replaces `${x}`; this one does not."""

    def _load_env_vars(self) -> Mapping[str, str | None]:
        if self.env_file is None:
            return {}
        named = ENV_FILE if self.env_file == () else self.env_file
        assert isinstance(named, str | Path), "settings name one file"
        values = read_env_file(Path(named))
        return {name.lower(): value for name, value in values.items() if value}


class _SecretFiles(SecretsSettingsSource):
    """
    An empty file is no value, as elsewhere.

    The library's source only warns about a folder and fails on bytes that are not UTF-8.
    """

    def __call__(self) -> dict[str, Any]:
        if self.secrets_dir is not None:
            assert isinstance(self.secrets_dir, str | Path), "settings name one folder"
            for name in self.settings_cls.model_fields:
                _check(Path(self.secrets_dir) / name)
        return {name: value for name, value in super().__call__().items() if value != ""}


def _check(path: Path) -> None:
    if path.is_dir():
        raise BadSettings(f"{path}: is a folder; put a file with the value in its place")
    if path.exists():
        read_utf8(path)
