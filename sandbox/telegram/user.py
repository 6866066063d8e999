"""The accounts of people and of the bot."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class User:
    """A person or the bot. `language_code` is that of the person's client, if it sends one."""

    user_id: int
    first_name: str
    language_code: str | None = None
    username: str | None = None
    is_bot: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return a User (https://core.telegram.org/bots/api#user)."""
        known = {"username": self.username, "language_code": self.language_code}
        return {
            "id": self.user_id,
            "is_bot": self.is_bot,
            "first_name": self.first_name,
            **{name: value for name, value in known.items() if value is not None},
        }
