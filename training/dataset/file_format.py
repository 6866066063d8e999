"""
The encoding and the format of a file of reviews, found in its first bytes.

CSV and JSON Lines are text in UTF-8 or UTF-16. A spreadsheet is refused with the way to export it.
"""

import codecs
from enum import StrEnum
from pathlib import Path

from training.errors import BadData

# Enough for the names inside the first entry of a ZIP archive, and for a header.
HEAD_BYTES = 4096
# A header holds the column `text` in its first characters, and so at least this many of ASCII.
BEGINNING = 256
LEAST_ASCII = 4

AS_CSV = "save the sheet as CSV: in Excel, File > Save As > CSV UTF-8 (Comma delimited)"
NOT_TEXT = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", f"is an Excel workbook (XLS), not CSV; {AS_CSV}"),
    (b"%PDF", "is a PDF, not CSV; export the table itself as CSV"),
    (b"\x1f\x8b", "is compressed (gzip); unpack it first"),
    (b"PAR1", "is a Parquet file, not CSV; write it as CSV or JSON Lines"),
)
ZIP = b"PK\x03\x04"
OPEN_DOCUMENT = b"application/vnd.oasis.opendocument.spreadsheet"
# The names of the first entry of an archive: of a workbook of Excel, of one of Numbers.
NUMBERS = (b"Index/", b"Metadata/", b"Data/")
WORKBOOK = (b"[Content_Types].xml", b"_rels/", b"xl/", b"docProps/")

# UTF-32 comes first: its mark begins with that of UTF-16.
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class TextFormat(StrEnum):
    """How the reviews are written in a text file."""

    CSV = "CSV"
    JSON_LINES = "JSON Lines"


def encoding_of(path: Path) -> str:
    """Return the name of the file's encoding; BadData if it is not a text file, or is empty."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if not head.strip():
        raise BadData(f"{path}: is empty")
    if head.startswith(ZIP):
        raise BadData(f"{path}: {_archive(head)}")
    for magic, what in NOT_TEXT:
        if head.startswith(magic):
            raise BadData(f"{path}: {what}")
    for mark, encoding in MARKS:
        if head.startswith(mark):
            return encoding
    return _without_mark(path, head)


def format_of(path: Path, encoding: str) -> TextFormat:
    """Return the format; BadData for one JSON list of all reviews."""
    with path.open(encoding=encoding, errors="replace") as file:
        first = file.read(HEAD_BYTES).lstrip()[:1]
    if first == "[":
        raise BadData(
            f"{path}: is one JSON list; write one object a line, for example with: "
            f"jq -c '.[]' {path.name} > reviews.jsonl"
        )
    return TextFormat.JSON_LINES if first == "{" else TextFormat.CSV


def not_decodable(path: Path, encoding: str) -> BadData:
    """Return the error for a file that is not in the encoding; it names the line if it can."""
    if not encoding.startswith("utf-8"):
        name = encoding.upper()
        return BadData(f"{path}: not {name}, or damaged; save the file again as UTF-8")
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                line.decode()
            except UnicodeDecodeError:
                return BadData(f"{path}, line {number}: not UTF-8; save the file as UTF-8")
    raise AssertionError(f"{path}: changed while it was read")


def _archive(head: bytes) -> str:
    if OPEN_DOCUMENT in head:
        return (
            "is a LibreOffice spreadsheet (ODS), not CSV; save the sheet as CSV: "
            "File > Save As > Text CSV, character set UTF-8"
        )
    if any(name in head for name in WORKBOOK):
        return f"is an Excel workbook (XLSX), not CSV; {AS_CSV}"
    if b".iwa" in head and any(name in head for name in NUMBERS):
        return "is a Numbers spreadsheet, not CSV; File > Export To > CSV, encoding UTF-8"
    return "is a ZIP archive; unpack it first"


def _without_mark(path: Path, head: bytes) -> str:
    """Return UTF-8 if no byte of the header is 0, else the UTF-16 that gives more ASCII in it."""
    if 0 not in head.partition(b"\n")[0]:
        return "utf-8"
    beginning = head[: 2 * BEGINNING]
    counts = {encoding: _ascii(beginning, encoding) for encoding in ("utf-16-le", "utf-16-be")}
    best = max(counts, key=counts.__getitem__)
    if counts[best] < LEAST_ASCII:
        raise BadData(f"{path}: is not a text file; export the reviews as CSV or JSON Lines")
    return best


def _ascii(beginning: bytes, encoding: str) -> int:
    """Return the number of printable ASCII characters in this encoding; 0 with a NUL in it."""
    text = beginning.decode(encoding, errors="replace")
    return 0 if "\0" in text else sum(one.isascii() and one.isprintable() for one in text)
