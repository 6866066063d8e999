"""
The code with which the operator connects the moderators' group from within Telegram.

Anyone may add the bot to a group, but that must not send customers' reviews there. Only the log of
the server shows the code.
"""

import hashlib
import hmac

# 48 bits: guessing it is hopeless at one try every few seconds.
CODE_LENGTH = 12


def code_of(token: str) -> str:
    """Return the code of the bot with this token: the same at each start and in each replica."""
    digest = hmac.new(token.encode(), b"connect the moderators' group", hashlib.sha256)
    return digest.hexdigest()[:CODE_LENGTH]


def is_code(said: str, token: str) -> bool:
    """Return whether `said` is the code."""
    return hmac.compare_digest(said.strip().lower().encode(), code_of(token).encode())
