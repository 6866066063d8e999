"""
The bot's command line. python -m bot alone serves; settings come from the environment, see
.env.example.

Each command is loaded when it is asked for: one that is run every half minute loads no aiogram.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from bot.errors import BotError
from triage.command_line import exit_code


def main(arguments: Sequence[str] | None = None) -> int:
    """Return the exit code."""
    chosen = _parser().parse_args(arguments)
    return exit_code("bot", lambda: _run(chosen), BotError)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bot", description="serves, or:")
    commands = parser.add_subparsers(dest="command", title="commands")
    commands.add_parser("doctor", help="say what is wrong with the settings, a line each")
    commands.add_parser("health", help="say whether the running bot does its work")
    first = commands.add_parser("init", help="make the key and the passwords that are missing")
    first.add_argument("--key", type=Path, required=True, metavar="FILE")
    first.add_argument("--secrets", type=Path, required=True, metavar="DIR", help="of passwords")
    backup = commands.add_parser("backup", help="copy archive and key into a new folder of DIR")
    backup.add_argument("folder", type=Path, metavar="DIR")
    restore = commands.add_parser("restore", help="fill an empty archive from a backup's folder")
    restore.add_argument("folder", type=Path, metavar="DIR")
    counts = commands.add_parser("counts", help="count reviews by source, rating, topic and class")
    counts.add_argument("--source", metavar="NAME", help="of t.me/BOT?start=NAME; '' for none")
    counts.add_argument("--days", type=int, metavar="N", help="of the last N days")
    export = commands.add_parser("export", help="write moderators' labels for training to a file")
    export.add_argument("--days", type=int, default=30, metavar="N", help="of the last N days: 30")
    export.add_argument("--csv", action="store_true", help="a table for people instead")
    export.add_argument("--out", type=Path, required=True, metavar="FILE", help="to write")
    return parser


def _run(arguments: argparse.Namespace) -> int:
    match arguments.command:
        case "doctor":
            from bot.console.doctor import doctor

            return doctor()
        case "health":
            from bot.console.health import health

            return health()
        case "init":
            from bot.console.init import init

            return init(arguments.key, arguments.secrets)
        case "backup":
            from bot.console.backup import backup

            return backup(arguments.folder)
        case "restore":
            from bot.console.restore import restore

            return restore(arguments.folder)
        case "counts":
            from bot.console.counts import counts

            return counts(arguments.source, arguments.days)
        case "export":
            from bot.console.export import export

            return export(arguments.out, arguments.days, as_table=arguments.csv)
        case _:
            from bot.console.serve import serve

            return serve()


if __name__ == "__main__":
    sys.exit(main())
