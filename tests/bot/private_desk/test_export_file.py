"""Exported files: training reads the lines, and a spreadsheet runs nothing in the table."""

import csv
import io
from pathlib import Path
from uuid import UUID

import pytest

from bot.private_desk.export_file import (
    COLUMNS,
    ExportFormat,
    ExportRequest,
    file_content,
    parse_request,
)
from tests.bot.private_desk.bench import SAY
from tests.bot.samples import TAXONOMY
from triage.corrections import Correction, read_corrections


def row(text: str = "Дорого", **changes: object) -> Correction:
    content = {"kind": "confirm", "weight": 0.6, "rating": 2, "tags": ("PRICE",), **changes}
    return Correction(
        review_id=UUID(int=1), said_ms=1_700_000_000_000, text=text, classes=(3, 5),
        consent=True, **content,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("30d", ExportRequest(30)),
        ("30", ExportRequest(30)),
        (" 7д ", ExportRequest(7)),
        ("30d csv", ExportRequest(30, ExportFormat.CSV)),
        ("30 CSV", ExportRequest(30, ExportFormat.CSV)),
        ("", None),
        ("0d", None),
        ("month", None),
        ("30d xls", None),
        ("-5d", None),
    ],
)
def test_an_export_request_has_days_and_an_optional_format(
    text: str, wanted: ExportRequest | None
) -> None:
    assert parse_request(text) == wanted


def test_the_training_code_reads_the_exported_lines(tmp_path: Path) -> None:
    rows = [row(), row("Две\nстроки", rating=None, blind=True, sampling=0.05)]
    (tmp_path / "e.jsonl").write_bytes(file_content(rows, ExportFormat.JSONL, TAXONOMY, SAY))
    assert read_corrections(tmp_path / "e.jsonl", TAXONOMY) == tuple(rows)


def test_the_csv_file_has_a_byte_order_mark_and_every_value() -> None:
    content = file_content([row(sampling=0.05)], ExportFormat.CSV, TAXONOMY, SAY)
    assert content.startswith(b"\xef\xbb\xbf")
    [head, line] = csv.reader(io.StringIO(content.decode("utf-8-sig")))
    assert tuple(head) == COLUMNS
    assert line == [
        str(UUID(int=1)),
        "2023-11-14T22:13:20Z",
        "2",
        "PRICE",
        "Дорого",
        "3 5",
        f"{TAXONOMY.title(3, 'ru')}; {TAXONOMY.title(5, 'ru')}",
        "confirm",
        "0.6",
        "no",
        "0.05",
    ]


@pytest.mark.parametrize(
    "text",
    [
        '=HYPERLINK("https://evil.example";"tap")',
        "+7 900 000-00-00",
        "-1+1|cmd",
        "@SUM(1)",
        "\t=1",
        "\r=1",
    ],
)
def test_no_csv_cell_is_a_formula(text: str) -> None:
    content = file_content([row(text)], ExportFormat.CSV, TAXONOMY, SAY).decode("utf-8-sig")
    [_, line] = csv.reader(io.StringIO(content, newline=""))
    assert line[COLUMNS.index("text")] == f"'{text}"
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in line)
