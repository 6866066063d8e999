"""python -m bot export: writes moderators' labels to a file that `import-corrections` reads."""

import asyncio
from pathlib import Path

from bot.archive.address import Address
from bot.archive.consents import Consents
from bot.archive.database import open_database
from bot.archive.export_log import ExportLog
from bot.archive.training_rows import TrainingRows
from bot.clock import now_ms
from bot.errors import BadArchive, BadFolder, NothingToExport
from bot.private_desk.export_file import ExportFormat, file_content
from bot.private_desk.exporting import DAY_MS, collect
from bot.settings import BotSettings
from bot.texts import load_texts
from triage.atomic_file import replace_file
from triage.key_file import read_seal
from triage.settings import read_settings, secret_value
from triage.taxonomy import load_taxonomy


def export(out: Path, days: int, *, as_table: bool) -> int:
    """Write the labels of the last `days`, print how many, and return 0."""
    settings = read_settings(BotSettings)
    address = Address(settings.database_url.get_secret_value())
    if address.file is not None and not address.file.exists():
        raise BadArchive(f"archive {address}: missing; the bot creates it at its first start")
    count = asyncio.run(_write(settings, out, days, as_table=as_table))
    print(f"{out}: {count} reviews, their texts in plain text. Delete it after use")
    return 0


async def _write(settings: BotSettings, out: Path, days: int, *, as_table: bool) -> int:
    taxonomy, seal = load_taxonomy(settings.taxonomy_file), read_seal(settings.triage_key_file)
    wanted = ExportFormat.CSV if as_table else ExportFormat.JSONL
    engine = await open_database(
        settings.database_url.get_secret_value(), secret_value(settings.database_password)
    )
    try:
        rows, log = TrainingRows(engine, seal), ExportLog(engine)
        since_ms = now_ms() - days * DAY_MS
        found = await collect(rows, Consents(engine).agreed, since_ms, taxonomy)
        if not found.rows:
            raise NothingToExport(
                f"nothing to export: no review of {days} days has undisputed topics by a person "
                "and its author's consent to training"
            )
        # The file is recorded first, so that a concurrent erasure finds it.
        export_id = await log.begin(found.numbers, None, now_ms())
        if export_id is None:
            raise NothingToExport("a review was erased meanwhile; try again")
        say = load_texts()[settings.moderators_language]
        try:
            replace_file(out, file_content(found.rows, wanted, taxonomy, say), 0o600)
        except OSError as e:
            await log.drop(export_id)
            raise BadFolder(f"{out}: {e.strerror}; name another file") from e
        return len(found.rows)
    finally:
        await engine.dispose()
