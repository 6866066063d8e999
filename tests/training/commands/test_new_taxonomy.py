"""The command `new-taxonomy`: labels of a file become a taxonomy that reads the file."""

import csv
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.training.samples import write_csv
from training.__main__ import main
from training.dataset.review_files import read_rows
from training.drafting.identifiers import unique_slug, unique_topic_id
from training.drafting.taxonomy_draft import draft_scale
from triage.taxonomy import RatingScale, load_taxonomy

CAFE = """\
text;rating;topics;classes
Вкусный кофе;5;Напитки;Кофе
Ждали час;1;SLOW_SERVICE;Обслуживание: долго; Кофе
Нагрубили;2;SLOW_SERVICE;"Обслуживание: грубо;кофе"
Было шумно;3;;Noise & music
Приеду ещё;5;;
"""


def draft(tmp_path: Path, content: str, *flags: str) -> Path:
    data, out = tmp_path / "mine.csv", tmp_path / "taxonomy.json"
    data.write_text(content, encoding="utf-8")
    assert main(["new-taxonomy", f"--data={data}", f"--out={out}", *flags]) == 0
    return out


def refused(capsys: pytest.CaptureFixture[str], data: Path, out: Path) -> str:
    assert main(["new-taxonomy", f"--data={data}", f"--out={out}"]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    return line


def test_titles_topics_groups_and_scale_are_derived_from_the_data(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content = CAFE.replace("Обслуживание: долго; Кофе", '"Обслуживание: долго; Кофе"')
    taxonomy = load_taxonomy(draft(tmp_path, content))

    assert [(one.id, one.slug, one.group) for one in taxonomy.classes] == [
        (0, "kofe", "other"),
        (1, "obsluzhivanie-dolgo", "obsluzhivanie"),
        (2, "obsluzhivanie-grubo", "obsluzhivanie"),
        (3, "noise-music", "other"),
    ]
    assert taxonomy.title(1, "ru") == "Обслуживание: долго"
    assert taxonomy.title(3, "ru") == "Noise & music", "the only language that it has"
    assert [(one.id, one.title.into("en")) for one in taxonomy.topics] == [
        ("SLOW_SERVICE", "Slow service"),
        ("napitki", "Напитки"),
    ]
    assert taxonomy.rating == RatingScale(lowest=1, highest=5)
    assert taxonomy.fallback is None
    said = capsys.readouterr().out
    assert "drafted from 5 rows (1 without a class)" in said
    assert "classes  4: Кофе 3, Обслуживание: долго 1" in said


def test_the_drafted_taxonomy_can_read_its_source_file(tmp_path: Path) -> None:
    content = "text;rating;classes\na;1;Wait\nb;2;7.0\nc;5;wait\nd;3;[]\n"

    taxonomy = load_taxonomy(draft(tmp_path, content))
    rows = read_rows(tmp_path / "mine.csv", taxonomy)

    assert taxonomy.ids == (7, 8)
    assert taxonomy.title(7, "en") == "Class 7"
    assert [row.classes for row in rows] == [(8,), (7,), (8,), ()]


def test_a_code_becomes_a_readable_title(tmp_path: Path) -> None:
    content = "text,classes,topics\na,slow-service;a-b;a b;c_d;drinks,SLOW_SERVICE;x y\n"

    taxonomy = load_taxonomy(draft(tmp_path, content))

    assert [(one.slug, one.title.into("en")) for one in taxonomy.classes] == [
        ("slow-service", "Slow service"),
        ("a-b", "a-b"),  # another class is called "a b"
        ("a-b-2", "a b"),
        ("c-d", "c_d"),  # rows name it so, and it is no slug
        ("drinks", "Drinks"),
    ]
    assert [one.title.into("en") for one in taxonomy.topics] == ["Slow service", "x y"]
    (row,) = read_rows(tmp_path / "mine.csv", taxonomy)
    assert row.classes == taxonomy.ids
    assert row.review.tags == taxonomy.topic_ids


def test_the_competitions_columns_become_classes_with_their_ids(tmp_path: Path) -> None:
    data, out = write_csv(tmp_path / "train.csv"), tmp_path / "taxonomy.json"

    assert main(["new-taxonomy", f"--data={data}", f"--out={out}"]) == 0

    taxonomy = load_taxonomy(out)
    assert taxonomy.ids == (0, 7, 12)
    assert taxonomy.topic_ids == ("DELIVERY", "PRICE", "PROMOTIONS")
    assert taxonomy.rating == RatingScale(lowest=0, highest=6)
    assert len(read_rows(data, taxonomy)) == 24


def test_without_ratings_and_topics_the_taxonomy_has_none(tmp_path: Path) -> None:
    taxonomy = load_taxonomy(draft(tmp_path, "text,classes\na,x\nb,y\n"))

    assert taxonomy.rating is None
    assert taxonomy.topics == ()
    assert [row.classes for row in read_rows(tmp_path / "mine.csv", taxonomy)] == [(0,), (1,)]


def test_an_existing_file_is_not_overwritten_without_force(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = draft(tmp_path, "text,classes\na,x\n")
    out.write_text("mine", encoding="utf-8")
    capsys.readouterr()

    line = refused(capsys, tmp_path / "mine.csv", out)

    assert line == f"error: {out}: exists; name another file, or add --force"
    assert out.read_text(encoding="utf-8") == "mine"
    draft(tmp_path, "text,classes\na,x\n", "--force")
    assert json.loads(out.read_text(encoding="utf-8"))["classes"][0]["slug"] == "x"


def test_examples_are_written_only_on_request(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content = (
        "text,classes\nA rude waiter,staff\na rude  waiter!,Staff\nCold soup,food\n"
        "Rude and cold,staff;food\nNobody came,staff\nSlow staff,staff\n"
    )

    taxonomy = load_taxonomy(draft(tmp_path, content, "--examples=2"))

    assert {one.slug: one.examples for one in taxonomy.classes} == {
        "staff": ("A rude waiter", "Nobody came"),
        "food": ("Cold soup",),
    }
    assert "examples 3, 1 to 2 of a class" in capsys.readouterr().out
    plain = load_taxonomy(draft(tmp_path, content, "--force"))
    assert not any(one.examples for one in plain.classes)


def test_an_invalid_number_of_examples_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, out = tmp_path / "mine.csv", tmp_path / "taxonomy.json"
    data.write_text("text,classes\na,x\n", encoding="utf-8")

    assert main(["new-taxonomy", f"--data={data}", f"--out={out}", "--examples=101"]) == 1

    said = capsys.readouterr().err
    assert said == "error: --examples: 101 is not between 0 and 100\n"


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ("text,rating\na,1\n", ", row 1: column classes is missing; the columns are: text, rating"),
        ("text,classes\na,\n", ": no row names a class"),
        (
            "text,rating,classes\na,99,x\n",
            ", row 2, column rating: '99' is not a whole number from 0 to 10",
        ),
        ("text,classes\na," + "x" * 1001, "is longer than 1000 characters"),
        (
            "text,classes\n" + "".join(f"a,text {number}\n" for number in range(1001)),
            ": column classes holds 1001 different names, at most 1000 make a taxonomy; "
            "does it hold labels?",
        ),
        (
            "text,classes,topics\n" + "".join(f"a,x,topic {number}\n" for number in range(65)),
            ": column topics holds 65 different names, a form shows at most 64; delete the column, "
            "or join topics",
        ),
    ],
)
def test_labels_from_which_no_taxonomy_can_be_made_are_refused(
    content: str, what: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, out = tmp_path / "mine.csv", tmp_path / "taxonomy.json"
    data.write_text(content, encoding="utf-8")

    assert refused(capsys, data, out).endswith(what)
    assert not out.exists()


@pytest.mark.parametrize(
    ("ratings", "scale"),
    [
        ({1, 2, 4}, (1, 5)),
        ({0, 1}, (0, 1)),
        ({0, 3}, (0, 5)),
        ({0, 6}, (0, 6)),
        ({5, 7}, (1, 7)),
        ({0, 7}, (0, 10)),
        ({10}, (1, 10)),
    ],
)
def test_the_smallest_common_scale_is_chosen(ratings: set[int], scale: tuple[int, int]) -> None:
    assert draft_scale(ratings) == {"lowest": scale[0], "highest": scale[1]}


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Щедрая порция, ёлки!", "schedraya-portsiya-elki"),
        ("Crème brûlée", "creme-brulee"),
        ("24/7", "24-7"),
        ("味噌", "class-9"),
        ("x" * 60, "x" * 48),
        ("a very long title of a class that nobody can read at a glance", None),
    ],
)
def test_a_slug_is_made_from_the_title(title: str, slug: str | None) -> None:
    found = unique_slug(title, (), otherwise="class-9")

    assert len(found) <= 48
    assert found == slug or (slug is None and title.replace(" ", "-").startswith(found))


def test_duplicate_slugs_and_ids_get_numbers() -> None:
    assert unique_slug("C++", {"c", "c-2"}, otherwise="x") == "c-3"
    assert unique_slug("y" * 48, {"y" * 48}, otherwise="x") == "y" * 46 + "-2"
    assert unique_topic_id("PRICE", {"PRICE"}, otherwise="x") == "PRICE-2"
    assert unique_topic_id("24 часа", (), otherwise="x") == "chasa"


NAMES = st.text(min_size=1, max_size=30).filter(
    lambda name: name.strip() and ";" not in name and not name.strip().startswith("[")
)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    rows=st.lists(
        st.tuples(
            st.lists(NAMES, min_size=1, max_size=3),
            st.lists(NAMES, max_size=2),
            st.none() | st.integers(0, 10),
        ),
        min_size=1,
        max_size=5,
    )
)
def test_any_labels_give_a_valid_draft_that_can_read_them(
    rows: list[tuple[list[str], list[str], int | None]], tmp_path: Path
) -> None:
    data, out = tmp_path / "mine.csv", tmp_path / "taxonomy.json"
    with data.open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(["text", "classes", "topics", "rating"])
        for classes, topics, rating in rows:
            lines.writerow(
                ["a", ";".join(classes), ";".join(topics), "" if rating is None else rating]
            )

    assert main(["new-taxonomy", f"--data={data}", f"--out={out}", "--force"]) == 0

    taxonomy = load_taxonomy(out)
    if taxonomy.rating is None or all(rating is not None for *_, rating in rows):
        read = read_rows(data, taxonomy)
        assert {class_id for row in read for class_id in row.classes} == set(taxonomy.ids)
