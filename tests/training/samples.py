"""Invented reviews in three classes, and the files that they are read from."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

from triage.taxonomy import Taxonomy, load_taxonomy

TAXONOMY = Taxonomy.model_validate(
    {
        "topics": [topic.model_dump() for topic in load_taxonomy().topics],
        "groups": [{"slug": "all", "title": {"ru": "Все", "en": "All"}}],
        "classes": [
            {
                "id": class_id,
                "slug": slug,
                "group": "all",
                "title": {"ru": slug, "en": slug},
                "definition": {"ru": slug, "en": slug},
            }
            for class_id, slug in ((0, "slow"), (7, "dear"), (12, "thanks"))
        ],
    }
)

HEADER = ("index", "assessment", "tags", "text", "trend_id_res0", "trend_id_res7", "trend_id_res12")

SLOW = (
    "Курьер опять ехал целую вечность",
    "Ждали заказ [NUM] минут, слишком долго",
    "Очень долго везли продукты",
    "Долго ехали, мороженое растаяло",
    "Везут долго, а обещают быстро",
    "Заказ ехал долго, два часа",
)
DEAR = (
    "Цены выше, чем в магазине",
    "Стало слишком дорого",
    "Дорого, цены кусаются",
    "Молоко дорогое, цены растут",
    "Цены завышены вдвое",
    "Дороговато у вас",
)
THANKS = (
    "Спасибо, всё понравилось",
    "Спасибо большое, вы лучшие 👍",
    "Благодарю, отличный сервис",
    "Спасибо курьеру за вежливость",
    "Всё супер, спасибо",
    "Отлично, спасибо 👍",
)


def table() -> list[tuple[str, ...]]:
    """Return the rows of a small file: every class alone, and two classes together."""
    rows = [("3.0", "{DELIVERY}", text, "1", "0", "0") for text in SLOW]
    rows += [("2.0", "{PRICE,PROMOTIONS}", text, "0", "1", "0") for text in DEAR]
    rows += [("6.0", "", text, "0", "0", "1") for text in THANKS]
    both = [f"{slow}. {dear}" for slow, dear in zip(SLOW, DEAR, strict=True)]
    rows += [("0.0", "{DELIVERY,PRICE}", text, "1", "1", "0") for text in both]
    return [(str(100 + number), *row) for number, row in enumerate(rows)]


def write_csv(
    path: Path, rows: Iterable[Sequence[str]] | None = None, header: Sequence[str] = HEADER
) -> Path:
    """Write a file of reviews, the small one above if no rows are given, and return its path."""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *(table() if rows is None else rows)])
    return path


def write_taxonomy(path: Path) -> Path:
    """Write the three classes to a file and return its path."""
    path.write_text(TAXONOMY.model_dump_json(), encoding="utf-8")
    return path
