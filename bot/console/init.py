"""
python -m bot init: creates key and passwords once, before anything else runs.

Existing files stay unchanged, so it may run at every start. Only the worker's secrets are updated
from `.env`, because the worker does not read that file.
"""

from pathlib import Path

from pydantic import SecretStr

from bot.console.credentials import create_passwords, hand_on
from triage.key_file import create_key
from triage.setting_sources import FileSettings
from triage.settings import read_settings, secret_value


class WorkersSecrets(FileSettings):
    """The worker's secrets in `.env`; not read from the folder to which they are written."""

    hf_token: SecretStr | None = None


def init(key_file: Path, secrets: Path) -> int:
    """Create the missing key and passwords, print what was created, and return 0."""
    given = read_settings(WorkersSecrets)
    if create_key(key_file):
        print(f"created the key {key_file}: back it up, without it reviews cannot be decrypted")
    for path in create_passwords(secrets):
        print(f"created {path}")
    hand_on(secrets, "hf_token", secret_value(given.hf_token))
    return 0
