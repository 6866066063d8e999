"""
Environment variables of Ray, which it reads at import; so this module does not import Ray.

Variables that the operator has set keep their values.
"""

import os
import secrets

# No usage reports. A token is required, because access to a cluster is code execution on it. Ray's
# own processes log to files only.
DEFAULT_ENVIRONMENT = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_AUTH_MODE": "token",
    "RAY_BACKEND_LOG_LEVEL": "fatal",
}


def set_up_ray(address: str | None) -> None:
    """Set the variables for the cluster at `address`, or for a new local cluster if None."""
    for name, value in DEFAULT_ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    if address is None:
        os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))
        # Despite its name this controls on all systems whether Ray listens on external interfaces.
        os.environ.setdefault("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "0")
