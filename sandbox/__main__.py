"""
python -m sandbox: a simulated Telegram in a browser tab, with the unchanged bot and worker.

With --script FILE it sends the reviews of a file instead and prints their answers.
"""

import argparse
import asyncio
import logging
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from sandbox.errors import BadScript, SandboxError
from triage.chosen_taxonomy import TaxonomySettings, chosen_taxonomy
from triage.command_line import INTERRUPTED
from triage.errors import PortTaken, TriageError
from triage.review import LANGUAGES, Language

DEFAULT_TIMEOUT_S = 60.0

SCRIPT_HELP = (
    "reviews, a JSON object a line; prints a JSON object for each, with probabilities by class id"
)

# Printed before bot and worker are imported, which takes long on a slow machine.
STARTING = "Starting bot and worker, loading the model ..."


def main() -> int:
    """Return the exit code: 2 for a bad script or command line, 1 for an unanswered review."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        arguments = _parser().parse_args()
        print(f"sandbox: {STARTING}", file=sys.stderr, flush=True)
        return _demo(arguments) if arguments.script is None else _play(arguments)
    except BadScript as e:
        for line in str(e).splitlines():
            print(f"sandbox: {line}", file=sys.stderr)
        return 2
    except PortTaken as e:
        print(f"sandbox: {e}; name another: {another_port(os.environ)}", file=sys.stderr)
        return 1
    except (SandboxError, TriageError) as e:
        print(f"sandbox: {e}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED


def another_port(environment: Mapping[str, str]) -> str:
    """Return how to name another port: make, which sets MAKELEVEL, takes a variable."""
    return "PORT=8081" if "MAKELEVEL" in environment else "--port 8081"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    what, add = parser.add_mutually_exclusive_group(), parser.add_argument
    what.add_argument("--script", type=Path, metavar="FILE", help=SCRIPT_HELP)
    what.add_argument("--keep", type=Path, metavar="DIR", help="folder for archive and key")
    add("--port", type=int, default=8080, help="port of the page (%(default)s)")
    shown = "language of the group (%(default)s)"
    add("--language", choices=LANGUAGES, default=_language(), help=shown)
    add("--empty", action="store_true", help="start the page without the example reviews")
    add(
        "--panel",
        choices=("private", "group"),
        default="private",
        help="where Fix opens its panel (%(default)s)",
    )
    add("--pace", action="store_true", help="apply the bot's pace limit in the group")
    add(
        "--taxonomy",
        type=Path,
        default=chosen_taxonomy(),
        help="classes, topics and rating scale (default: TAXONOMY_FILE, else the shipped file)",
    )
    add(
        "--model",
        type=Path,
        help="folder of the model (default: WORKER_MODEL, else the folder model next to the "
        "taxonomy, else the default model)",
    )
    add(
        "--timeout",
        type=float,
        default=DEFAULT_TIMEOUT_S,
        metavar="SECONDS",
        help="timeout of each step of a customer (%(default)s)",
    )
    return parser


def _demo(arguments: argparse.Namespace) -> int:
    from sandbox.demo import show

    shown = show(
        examples=not arguments.empty,
        desk_panel=arguments.panel,
        port=arguments.port,
        keep=arguments.keep,
        language=arguments.language,
        model=_model(arguments),
        taxonomy_file=arguments.taxonomy,
    )
    asyncio.run(shown)
    return 0


def _play(arguments: argparse.Namespace) -> int:
    from sandbox.script import run

    played = run(
        arguments.script,
        model=_model(arguments),
        taxonomy_file=arguments.taxonomy,
        paced=arguments.pace,
        timeout_s=arguments.timeout,
    )
    return asyncio.run(played)


class _Served(TaxonomySettings):
    """The settings that choose what bot and worker serve."""

    worker_model: str = ""


def _model(arguments: argparse.Namespace) -> Path:
    """Return the model; that of `.env` only if it is a folder and its taxonomy is used too."""
    from sandbox.demo import model_next_to

    if named := arguments.model or os.environ.get("WORKER_MODEL"):
        return Path(named)
    served = _Served()
    folder = Path(served.worker_model)
    if served.worker_model and folder.is_dir() and served.taxonomy_file == arguments.taxonomy:
        return folder
    return model_next_to(arguments.taxonomy)


def _language() -> Language:
    """Return the group's language: Russian if this machine's locale is Russian, else English."""
    return "ru" if os.environ.get("LANG", "").startswith("ru") else "en"


if __name__ == "__main__":
    sys.exit(main())
