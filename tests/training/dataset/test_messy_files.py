"""Files as people have them: each is read as the expected rows, or refused with one line."""

import gzip
import io
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from training.dataset.review_files import Row, Unlabelled, check_reviews, read_reviews, read_rows
from training.errors import BadData
from triage.review import ReviewInput
from triage.taxonomy import Taxonomy, load_taxonomy


def _titles(ru: str, en: str) -> dict[str, str]:
    return {"ru": ru, "en": en}


CAFE = Taxonomy.model_validate(
    {
        "groups": [{"slug": "all", "title": _titles("Все", "All")}],
        "topics": [topic.model_dump() for topic in load_taxonomy().topics],
        "classes": [
            {
                "id": class_id,
                "slug": slug,
                "group": "all",
                "title": title,
                "definition": title,
            }
            for class_id, slug, title in (
                (3, "coffee", _titles("Кофе", "Coffee, and tea")),
                (7, "long-wait", _titles("Долгое ожидание", "Long wait")),
                (20, "staff", _titles("Персонал", "Staff")),
            )
        ],
    }
)

# What most files below hold.
PLAIN = (
    Row(1, ReviewInput(4, (), "Good coffee"), (3,)),
    Row(2, ReviewInput(1, ("DELIVERY",), "Слишком долго"), (7, 20)),
)
LINES = (
    "text,rating,topics,classes\nGood coffee,4,,coffee\nСлишком долго,1,DELIVERY,long-wait;staff\n"
)
SEMICOLONS = (
    "text;rating;topics;classes\n"
    "Good coffee;4;;coffee\n"
    'Слишком долго;1;DELIVERY;"long-wait;staff"\n'
)
TABS = LINES.replace(",", "\t")
LONG = "очень " * 60_000


@dataclass(frozen=True, slots=True)
class Messy:
    """A file's bytes and what is expected: rows, or the line without the file's path."""

    name: str
    content: bytes
    expected: tuple[Row, ...] | str
    separator: str | None = None


def text(name: str, content: str, expected: tuple[Row, ...] | str, *more: str) -> Messy:
    """Return a file in UTF-8."""
    return Messy(name, content.encode(), expected, *more)


def row(words: str, classes: tuple[int, ...] = (3,), rating: int | None = 4, index: int = 1) -> Row:
    """Return a row without topics."""
    return Row(index, ReviewInput(rating, (), words), classes)


def zipped(name: str, content: bytes = b"<xml/>") -> bytes:
    """Return an archive of one file."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(name, content)
    return file.getvalue()


READ = (
    text("commas", LINES, PLAIN),
    text("semicolons", SEMICOLONS, PLAIN),
    text("tabs", TABS, PLAIN),
    text("vertical-bars", LINES.replace(",", "|"), PLAIN, "|"),
    Messy("mark", LINES.encode("utf-8-sig"), PLAIN),
    Messy("utf-16-little", b"\xff\xfe" + LINES.encode("utf-16-le"), PLAIN),
    Messy("utf-16-big", b"\xfe\xff" + LINES.encode("utf-16-be"), PLAIN),
    Messy("utf-16-without-mark", TABS.encode("utf-16-le"), PLAIN),
    Messy("utf-32", LINES.encode("utf-32"), PLAIN),
    text("sep", "sep=;\r\n" + SEMICOLONS.replace("\n", "\r\n"), PLAIN),
    text("sep-that-wins", "sep=|\n" + LINES.replace(",", "|"), PLAIN),
    text("crlf", LINES.replace("\n", "\r\n"), PLAIN),
    text("old-mac", LINES.replace("\n", "\r"), PLAIN),
    text("blank-lines", "\n" + LINES.replace("\n", "\n\n\n") + "\n \n", PLAIN),
    text("rows-of-separators", SEMICOLONS + ";;;\n;;;\n", PLAIN),
    text("no-end-of-line", LINES.rstrip("\n"), PLAIN),
    text("names-in-capitals", LINES.replace("text,rating", " Text , RATING"), PLAIN),
    text("spaces-after-commas", LINES.replace(",", ", "), PLAIN),
    text("unnamed-columns", LINES.replace("\n", ",\n"), PLAIN),
    text("unknown-columns", LINES.replace("\n", ",x\n"), PLAIN),
    text(
        "quoted-line-break",
        'text;rating;classes\n"one\n\ntwo; three";4;3\n',
        (row("one\n\ntwo; three"),),
    ),
    text("quotation-marks", 'text,rating,classes\n"say ""hi""",4,3\n', (row('say "hi"'),)),
    text(
        "decimal-commas",
        'text;rating;classes\na;"4,0";3\nb;0,00;3\n',
        (row("a"), row("b", (3,), 0, 2)),
    ),
    text("long-field", f"text,rating,classes\n{LONG},4,3\n", (row(LONG),)),
    text(
        "titles-and-ids",
        'text;rating;classes\na;4;"кофе ;  LONG  WAIT; 20"\nb;4;7.0\n',
        (row("a", (3, 7, 20)), row("b", (7,), 4, 2)),
    ),
    text(
        "json-in-a-field",
        'text;rating;classes\na;4;"[""Coffee, and tea"", 20]"\nb;4;[]\n',
        (row("a", (3, 20)), row("b", (), 4, 2)),
    ),
    text("rating-missing", "text;rating;classes\na;;3\n", (row("a", rating=None),)),
    text(
        "indices",
        "index,text,rating,classes\n40,a,4,3\n7,b,4,3\n",
        (row("a", index=40), row("b", index=7)),
    ),
    text(
        "json-lines",
        json.dumps({"text": "Good coffee", "rating": 4.0, "topics": None, "classes": [3]})
        + "\n\n"
        + json.dumps(
            {
                "classes": "staff;long-wait",
                "text": "Слишком долго",
                "rating": "1",
                "topics": ["delivery"],
            }
        ),
        PLAIN,
    ),
    text(
        "json-with-empty-ratings",
        '{"text": "a", "rating": null, "classes": 3}\n{"text": "b", "rating": "", "classes": 3}\n',
        (row("a", rating=None), row("b", rating=None, index=2)),
    ),
    Messy(
        "json-lines-with-mark",
        '{"text": "a", "rating": 4, "classes": 3}\r\n'.encode("utf-8-sig"),
        (row("a"),),
    ),
    text(
        "competition-by-semicolons",
        "index;assessment;tags;text;trend_id_res3;trend_id_res7;trend_id_res20\n"
        "1;4,0;;Good coffee;1;0;0\n2;1.0;{DELIVERY};Слишком долго;0;1;1\n",
        PLAIN,
    ),
)
SHEET = "save the sheet as CSV: in Excel, File > Save As > CSV UTF-8 (Comma delimited)"
REFUSED = (
    Messy(
        "xlsx", zipped("[Content_Types].xml"), f": is an Excel workbook (XLSX), not CSV; {SHEET}"
    ),
    Messy(
        "xls",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
        f": is an Excel workbook (XLS), not CSV; {SHEET}",
    ),
    Messy(
        "ods",
        zipped("mimetype", b"application/vnd.oasis.opendocument.spreadsheet"),
        ": is a LibreOffice spreadsheet (ODS), not CSV; save the sheet as CSV: "
        "File > Save As > Text CSV, character set UTF-8",
    ),
    Messy(
        "numbers",
        zipped("Index/Document.iwa"),
        ": is a Numbers spreadsheet, not CSV; File > Export To > CSV, encoding UTF-8",
    ),
    Messy("zip", zipped("reviews.csv"), ": is a ZIP archive; unpack it first"),
    Messy("gzip", gzip.compress(LINES.encode()), ": is compressed (gzip); unpack it first"),
    Messy(
        "binary", bytes(range(256)), ": is not a text file; export the reviews as CSV or JSON Lines"
    ),
    Messy("code-page", LINES.encode("cp1251"), ", line 3: not UTF-8; save the file as UTF-8"),
    Messy(
        "torn-utf-16",
        b"\xff\xfe" + LINES.encode("utf-16-le")[:-1],
        ": not UTF-16, or damaged; save the file again as UTF-8",
    ),
    text("nothing-but-blank-lines", "\n\n  \n", ": is empty"),
    text("header-only", "text,rating,classes\n", ": holds no reviews"),
    text(
        "other-names",
        "Отзыв;Оценка;Класс\nХорошо;5;3\n",
        ", row 1: columns text, classes, rating are missing; the columns are: отзыв, оценка, класс",
    ),
    text(
        "no-labels",
        "text;rating\na;5\n",
        ", row 1: column classes is missing; the columns are: text, rating",
    ),
    text(
        "no-labels-and-no-ratings",
        "text;Datum\na;5\n",
        ", row 1: columns classes, rating are missing; the columns are: text, datum",
    ),
    text(
        "no-ratings",
        "text;classes\na;3\n",
        ", row 1: column rating is missing; the columns are: text, classes",
    ),
    text("two-texts", "text,Text,rating,classes\na,b,4,3\n", ", row 1: column text is duplicated"),
    text("too-few", "text,rating,classes\na,4,3\nb,4\n", ", row 3: has 2 fields, the header has 3"),
    text(
        "too-many",
        "text,rating,classes\na, b,4,3\n",
        ", row 2: has 4 fields, the header has 3; "
        'a field that holds , needs quotation marks: "..."',
    ),
    text(
        "open-quotation-mark",
        'text,rating,classes\n"a\nb",4,3\n"c,4,3\nd,4,3\n',
        ", row 3 (line 4): not a CSV: a quotation mark opens here and is not closed",
    ),
    text(
        "rating-off-the-scale",
        'text,rating,classes\n"a\nb",4,3\n\nb,9,3\n',
        ", row 4 (line 5), column rating: '9' is not a rating from 0 to 6",
    ),
    text(
        "half-a-rating",
        "sep=;\ntext;rating;classes\na;4,5;3\n",
        ", row 2 (line 3), column rating: '4,5' is not a rating from 0 to 6",
    ),
    text(
        "rating-in-words",
        f"text,rating,classes\na,{'very good ' * 9},3\n",
        f", row 2, column rating: '{'very good ' * 4}…' is not a rating from 0 to 6",
    ),
    text(
        "unknown-class",
        "text,rating,classes\na,4,coffee\nb,4,coffee;tea\n",
        ", row 3, column classes: 'tea' is not a class of the taxonomy; "
        "it has: coffee, long-wait, staff",
    ),
    text(
        "classes-by-commas",
        "text;rating;classes\na;4;coffee,staff\n",
        ", row 2, column classes: 'coffee,staff' is not a class of the taxonomy; "
        "it has: coffee, long-wait, staff",
    ),
    text(
        "no-class",
        "text,rating,classes\na,4,\n",
        ", row 2, column classes: is empty; name a class, or write [] if none applies",
    ),
    text(
        "bad-list",
        "text;rating;classes\na;4;['coffee']\n",
        """, row 2, column classes: "['coffee']" is not a JSON list like ["a", "b"]""",
    ),
    text(
        "unknown-topic",
        "text,rating,topics,classes\na,4,PRICE;FOOD,3\n",
        ", row 2, column topics: 'FOOD' is not a topic of the taxonomy; it has: ASSORTMENT, "
        "CATALOG_NAVIGATION, DELIVERY, PAYMENT, PRICE, PRODUCTS_QUALITY, PROMOTIONS, SUPPORT",
    ),
    text("blank-text", "text,rating,classes\n  ,4,3\n", ", row 2, column text: is empty"),
    text(
        "index-of-letters",
        "index,text,rating,classes\nA-1,a,4,3\n",
        ", row 2, column index: 'A-1' is not a whole number",
    ),
    text(
        "index-twice",
        "index,text,rating,classes\n5,a,4,3\n\n5,b,4,3\n",
        ", row 4, column index: 5 is already in row 2",
    ),
    text(
        "json-list",
        '[{"text": "a"}]',
        ": is one JSON list; write one object a line, for example "
        "with: jq -c '.[]' json-list > reviews.jsonl",
    ),
    text(
        "json-cut-off",
        '{"text": "a", "rating": 4, "classes": 3}\n{"text": "b',
        """, line 2: not JSON: '{"text": "b'""",
    ),
    text(
        "json-no-object",
        '{"text": "a", "rating": 4, "classes": 3}\n7\n',
        ", line 2: not a JSON object: '7'",
    ),
    text(
        "json-object-as-text",
        '{"text": {"ru": "a"}, "rating": 4, "classes": 3}\n',
        """, line 1, column text: '{"ru": "a"}' is an object""",
    ),
    text(
        "json-without-classes",
        '{"text": "a", "rating": 4, "classes": 3}\n{"text": "b", "rating": 4}\n',
        ", line 2, column classes: is missing; the line has: text, rating",
    ),
    text(
        "json-with-empty-classes",
        '{"text": "a", "rating": 4, "classes": 3}\n{"text": "b", "rating": 4, "classes": null}\n',
        ", line 2, column classes: is empty; name a class, or write [] if none applies",
    ),
    text(
        "json-without-a-rating",
        '{"text": "a", "rating": 4, "classes": 3}\n\n{"text": "b", "Rate": 4, "classes": 3}\n',
        ", line 3, column rating: is missing; the line has: text, rate, classes",
    ),
    text(
        "json-without-a-text",
        '{"text": "a", "rating": 4, "classes": 3}\n{"review": "b", "rating": 4, "classes": 3}\n',
        ", line 2, column text: is missing; the line has: review, rating, classes",
    ),
    text(
        "json-without-a-tag",
        '{"index": 1, "assessment": 4, "tags": "", "text": "a", "trend_id_res3": 1, '
        '"trend_id_res7": 0, "trend_id_res20": 0}\n'
        '{"index": 2, "assessment": 4, "text": "a", "trend_id_res3": 1, '
        '"trend_id_res7": 0, "trend_id_res20": 0}\n',
        ", line 2, column tags: is missing; the line has: index, assessment, text, "
        "trend_id_res3, trend_id_res7, trend_id_res20",
    ),
    text(
        "json-half-a-pair",
        '{"text": "\\ud83d", "rating": 4, "classes": 3}\n',
        ", line 1, column text: holds half of a surrogate pair",
    ),
)


def test_there_are_at_least_sixty_messy_files() -> None:
    assert len(READ) + len(REFUSED) >= 60
    assert len({messy.name for messy in (*READ, *REFUSED)}) == len(READ) + len(REFUSED)


@pytest.mark.parametrize("messy", READ, ids=lambda messy: messy.name)
def test_a_messy_but_valid_file_is_read(messy: Messy, tmp_path: Path) -> None:
    path = tmp_path / messy.name
    path.write_bytes(messy.content)

    assert read_rows(path, CAFE, messy.separator) == messy.expected


@pytest.mark.parametrize("messy", REFUSED, ids=lambda messy: messy.name)
def test_an_unreadable_messy_file_gives_a_one_line_error(messy: Messy, tmp_path: Path) -> None:
    path = tmp_path / messy.name
    path.write_bytes(messy.content)

    with pytest.raises(BadData) as refused:
        read_rows(path, CAFE)

    assert str(refused.value) == f"{path}{messy.expected}"
    assert "\n" not in str(refused.value)


def test_a_file_with_texts_only_can_be_classified(tmp_path: Path) -> None:
    path = tmp_path / "texts.csv"
    path.write_text("text\nGood, coffee\n\nSlow\n", encoding="utf-8")

    assert read_reviews(path, CAFE) == (
        Unlabelled(1, ReviewInput(None, (), "Good, coffee")),
        Unlabelled(2, ReviewInput(None, (), "Slow")),
    )


def test_the_error_names_a_folder_given_instead_of_a_file(tmp_path: Path) -> None:
    with pytest.raises(BadData, match="Is a directory"):
        read_rows(tmp_path, CAFE)


def test_a_line_of_json_without_a_text_is_not_classified_as_an_empty_review(
    tmp_path: Path,
) -> None:
    path = tmp_path / "reviews.jsonl"
    first = '{"text": "Good coffee", "rating": 4}\n'
    path.write_text(first + '{"text": ""}\n{"Text": null}\n', encoding="utf-8")
    assert [one.review for one in read_reviews(path, CAFE)] == [
        ReviewInput(4, (), "Good coffee"),
        ReviewInput(None, (), ""),
        ReviewInput(None, (), ""),
    ]

    path.write_text(first + '\n{"txt": "Slow"}\n', encoding="utf-8")
    for read in (read_reviews, check_reviews):
        with pytest.raises(BadData) as refused:
            read(path, CAFE)
        assert str(refused.value) == f"{path}, line 3, column text: is missing; the line has: txt"
