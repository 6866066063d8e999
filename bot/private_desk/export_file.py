"""
The content of an exported file: lines for training, or a table for people. Pure.

A cell that a spreadsheet would read as a formula gets an apostrophe in front
(https://owasp.org/www-community/attacks/CSV_Injection): a customer writes the texts.
"""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from bot.texts import Say
from triage.corrections import Correction, correction_lines
from triage.taxonomy import Taxonomy

COLUMNS = (
    "review_id",
    "labelled_at",
    "rating",
    "topics",
    "text",
    "class_ids",
    "classes",
    "kind",
    "weight",
    "blind",
    "sampling",
)

_FORMULA = ("=", "+", "-", "@", "\t", "\r")

# Without this mark spreadsheets read UTF-8 as another encoding.
_BOM = "\ufeff"

# "30d", "30" or "30d csv".
_REQUEST = re.compile(r"(\d{1,4})\s*[dд]?(?:\s+(csv|jsonl))?", re.IGNORECASE)


class ExportFormat(StrEnum):
    """The kind of a file; the value is the end of its name."""

    JSONL = "jsonl"
    CSV = "csv"


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """The number of days whose labels are exported, and the format."""

    days: int
    format: ExportFormat = ExportFormat.JSONL


def parse_request(text: str) -> ExportRequest | None:
    """Return the request after /export, None if it is invalid."""
    found = _REQUEST.fullmatch(text.strip())
    if found is None or int(found[1]) == 0:
        return None
    return ExportRequest(int(found[1]), ExportFormat((found[2] or "jsonl").lower()))


def file_content(
    rows: Sequence[Correction], wanted: ExportFormat, taxonomy: Taxonomy, say: Say
) -> bytes:
    """Return the file: lines that `import-corrections` reads, or CSV in UTF-8 with a mark."""
    if wanted is ExportFormat.JSONL:
        return correction_lines(rows)
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows([[_safe(cell) for cell in _cells(row, taxonomy, say)] for row in rows])
    return f"{_BOM}{table.getvalue()}".encode()


def _cells(row: Correction, taxonomy: Taxonomy, say: Say) -> list[str]:
    labelled = datetime.fromtimestamp(row.said_ms / 1000, UTC)
    return [
        str(row.review_id),
        f"{labelled:%Y-%m-%dT%H:%M:%SZ}",
        "" if row.rating is None else str(row.rating),
        " ".join(row.tags),
        row.text,
        " ".join(map(str, row.classes)),
        "; ".join(taxonomy.title(class_id, say.language) for class_id in row.classes),
        row.kind,
        str(row.weight),
        "yes" if row.blind else "no",
        "" if row.sampling is None else str(row.sampling),
    ]


def _safe(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
