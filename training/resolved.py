"""
interim
"""

import json
from pathlib import Path

from triage.manifest import digest


def resolve(command, flags, *, files=None, **facts):
    values = {
        n: (str(v) if isinstance(v, (Path, list)) else v)
        for n, v in vars(flags).items()
        if n != "run"
    }
    values |= facts
    values |= {f"{name}_sha256": digest(path) for name, path in (files or {}).items()}
    return json.dumps({"command": command, **values}, indent=2, ensure_ascii=False)
