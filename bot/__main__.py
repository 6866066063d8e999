"""
The bot's command line. Without a command it runs the bot. Settings: see .env.example.

Only the chosen command is imported. So `health`, which runs every half minute, does not load
aiogram.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from bot.errors import BotError
from triage.command_line import exit_code

# A hundred years.
MOST_DAYS = 36_525


def main(arguments: Sequence[str] | None = None) -> int:
    """Return the exit code."""
    chosen = _parser().parse_args(arguments)
    return exit_code("bot", lambda: _run(chosen), BotError)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bot", description="Run the bot, or one command."
    )
    commands = parser.add_subparsers(dest="command", title="commands")
    commands.add_parser("doctor", help="check settings and connections, one line each")
    commands.add_parser("health", help="check whether the running bot is healthy")
    first = commands.add_parser("init", help="create the missing key and passwords")
    first.add_argument("--key", type=Path, required=True, metavar="FILE", help="key file")
    first.add_argument(
        "--secrets", type=Path, required=True, metavar="DIR", help="folder for the passwords"
    )
    backup = commands.add_parser("backup", help="copy archive and key into a new folder in DIR")
    backup.add_argument("folder", type=Path, metavar="DIR", help="folder of the backups")
    restore = commands.add_parser("restore", help="fill an empty archive from a backup")
    restore.add_argument("folder", type=Path, metavar="DIR", help="folder that backup created")
    counts = commands.add_parser("counts", help="count reviews by source, rating, topic and class")
    counts.add_argument(
        "--source", metavar="NAME", help="only from t.me/BOT?start=NAME; '' for none"
    )
    counts.add_argument("--days", type=_days, metavar="N", help="only the last N days")
    export = commands.add_parser("export", help="write moderators' labels for training to a file")
    export.add_argument("--days", type=_days, default=30, metavar="N", help="the last N days (30)")
    export.add_argument("--csv", action="store_true", help="write a table for spreadsheets")
    export.add_argument("--out", type=Path, required=True, metavar="FILE", help="output file")
    return parser


def _days(written: str) -> int:
    if not (written.isdecimal() and 1 <= int(written) <= MOST_DAYS):
        raise argparse.ArgumentTypeError(f"must be a whole number from 1 to {MOST_DAYS}")
    return int(written)


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
