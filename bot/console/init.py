"""
python -m bot init: makes what an installation makes once, before anything else runs.

What is there already stays as it is, so it may be run at every start.
"""

from pathlib import Path

from bot.credentials import create_passwords
from triage.sealing import create_key


def init(key_file: Path, secrets: Path) -> int:
    """Make the key and the passwords that are missing, say which, and return 0."""
    if create_key(key_file):
        print(f"made the key {key_file}: back it up, without it stored reviews cannot be read")
    for path in create_passwords(secrets):
        print(f"made {path}")
    return 0
