"""Plays reviews through the unchanged bot and worker: python -m sandbox --script FILE."""

import argparse
import asyncio
import logging
import sys
from pathlib import Path

from sandbox.errors import BadScript, SandboxError
from sandbox.script import run
from worker.settings import DEFAULT_MODEL

DEFAULT_TIMEOUT_S = 60.0


def main() -> int:
    """Return the exit code: 2 for a bad script or command line, 1 where not all is answered."""
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    parser.add_argument("--script", type=Path, metavar="FILE", help="one JSON object a line")
    parser.add_argument("--pace", action="store_true", help="keep the group's pace limit")
    parser.add_argument("--model", type=Path, default=DEFAULT_MODEL, help="another model's folder")
    parser.add_argument(
        "--timeout",
        type=float,
        default=DEFAULT_TIMEOUT_S,
        metavar="SECONDS",
        help="how long each step of a customer may take (%(default)s)",
    )
    arguments = parser.parse_args()
    if arguments.script is None:
        parser.error("the page is not there yet; give a --script")
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        return asyncio.run(
            run(
                arguments.script,
                model=arguments.model,
                paced=arguments.pace,
                timeout_s=arguments.timeout,
            )
        )
    except BadScript as e:
        print(f"sandbox: {e}", file=sys.stderr)
        return 2
    except SandboxError as e:
        print(f"sandbox: {e}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
