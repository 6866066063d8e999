"""
The code by which whoever runs the bot connects the moderators' group from within Telegram.

Anybody may add a bot to a group of their own; customers' reviews must not go there for that. The
code stands in the log of the server alone.
"""

import hashlib
import hmac

# 48 bits: at one try every few seconds nobody finds it.
CODE_LENGTH = 12


def code_of(token: str) -> str:
    """Return the code of the bot with this token: the same at each start and in each replica."""
    digest = hmac.new(token.encode(), b"connect the moderators' group", hashlib.sha256)
    return digest.hexdigest()[:CODE_LENGTH]


def is_code(said: str, token: str) -> bool:
    """Return whether `said` is the code."""
    return hmac.compare_digest(said.strip().lower().encode(), code_of(token).encode())
