"""
Runs a module as in its container, where secrets are files in /run/secrets.

python -m tests.e2e.container SECRETS MODULE [ARGUMENT ...]
"""

import runpy
import sys

from triage.settings import SharedSettings

if __name__ == "__main__":
    _, secrets, module, *arguments = sys.argv
    # The settings of bot and worker are subclasses, and copied this if they are imported already.
    for settings in (SharedSettings, *SharedSettings.__subclasses__()):
        settings.model_config["secrets_dir"] = secrets
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
