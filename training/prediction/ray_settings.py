"""
What Ray is told by its environment, which it reads when it is imported; so this imports it not.

Whatever the operator has set stays as it is.
"""

import os
import secrets

# It reports to nobody. Whoever reaches a cluster runs code there, so nobody does without its token.
# What its own processes have to say is in its log files.
DEFAULT_ENVIRONMENT = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_AUTH_MODE": "token",
    "RAY_BACKEND_LOG_LEVEL": "fatal",
}


def set_up_ray(address: str | None) -> None:
    """Set what holds for the cluster at `address`, or for one of this process's own."""
    for name, value in DEFAULT_ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    if address is None:
        os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))
        # Despite its name this decides everywhere whether Ray listens to other hosts.
        os.environ.setdefault("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "0")
