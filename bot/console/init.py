"""
python -m bot init: creates key and passwords once, before anything else runs.

Existing files stay unchanged, so it may run at every start. Only the secrets that `.env` sets are
updated from it, because Redis, PostgreSQL and the worker do not read that file.
"""

from pathlib import Path

from pydantic import SecretStr, field_validator

from bot.console.credentials import PASSWORDS, create_passwords, hand_on
from triage.key_file import create_key
from triage.setting_sources import FileSettings
from triage.settings import read_settings, secret_value


class GivenSecrets(FileSettings):
    """Other services' secrets in `.env`; not read from the folder to which they are written."""

    hf_token: SecretStr | None = None
    redis_password: SecretStr | None = None
    database_password: SecretStr | None = None

    @field_validator("*")
    @classmethod
    def _survives_in_a_file(cls, secret: SecretStr | None) -> SecretStr | None:
        value = secret_value(secret)
        if value is not None and (value != value.strip() or not value.isprintable()):
            raise ValueError("has a space at an end or a control character; choose another one")
        return secret


def init(key_file: Path, secrets: Path) -> int:
    """Create the missing key and passwords, print what was created, and return 0."""
    given = read_settings(GivenSecrets)
    if create_key(key_file):
        print(f"created the key {key_file}: back it up, without it reviews cannot be decrypted")
    hand_on(secrets, "hf_token", secret_value(given.hf_token))
    for name in PASSWORDS:
        if chosen := secret_value(getattr(given, name)):
            hand_on(secrets, name, chosen)
    for path in create_passwords(secrets):
        print(f"created {path}")
    return 0
