import json
from pathlib import Path
from typing import Any

import pytest

from triage.errors import BadTaxonomy
from triage.review import LANGUAGES
from triage.taxonomy import DEFAULT_TAXONOMY, Taxonomy, Titles, json_schema, load_taxonomy


def words(text: str) -> dict[str, str]:
    return {"ru": text, "en": text}


def a_class(class_id: int, slug: str, group: str = "shop") -> dict[str, Any]:
    return {
        "id": class_id,
        "slug": slug,
        "group": group,
        "title": words(slug.title()),
        "definition": words("What counts."),
    }


def company() -> dict[str, Any]:
    return {
        "groups": [{"slug": "shop", "title": words("Shop")}],
        "classes": [a_class(10, "queue"), a_class(20, "staff"), a_class(30, "price")],
    }


def written(folder: Path, content: object) -> Path:
    path = folder / "classes.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def refusal(path: Path) -> str:
    """Return what is said about the file, which must be one line that names it."""
    with pytest.raises(BadTaxonomy) as caught:
        load_taxonomy(path)
    said = str(caught.value)
    assert said.startswith(f"{path}: ")
    assert "\n" not in said
    return said


@pytest.fixture(scope="module")
def default() -> Taxonomy:
    return load_taxonomy()


def test_the_shipped_taxonomy_numbers_its_classes_from_zero(default: Taxonomy) -> None:
    assert default.ids == tuple(range(50))


@pytest.mark.parametrize("language", LANGUAGES)
def test_titles_and_definitions_are_complete_and_unique(default: Taxonomy, language: str) -> None:
    titles = [c.title.root[language] for c in default.classes]
    definitions = [c.definition.root[language] for c in default.classes]
    assert len(set(titles)) == len(set(definitions)) == len(default.classes)
    assert all(text == " ".join(text.split()) for text in titles + definitions)
    assert all(text.endswith(".") for text in definitions)
    assert max(map(len, titles)) <= 60


def test_russian_texts_are_cyrillic_and_english_ones_are_not(default: Taxonomy) -> None:
    def russian(text: str) -> bool:
        return any("а" <= letter <= "я" for letter in text.lower())

    for c in default.classes:
        assert russian(c.title.into("ru")), c.slug
        assert russian(c.definition.into("ru")), c.slug
        assert not russian(c.title.into("en") + c.definition.into("en")), c.slug


def test_a_definition_is_longer_than_its_title(default: Taxonomy) -> None:
    for c in default.classes:
        for language in LANGUAGES:
            assert len(c.definition.into(language)) > len(c.title.into(language)), c.slug


def test_every_group_has_classes_and_every_class_a_group(default: Taxonomy) -> None:
    assert {c.group for c in default.classes} == {group.slug for group in default.groups}
    assert 8 <= len(default.groups) <= 12


def test_meaningless_and_unclassifiable_reviews_have_their_own_classes(
    default: Taxonomy,
) -> None:
    assert default.by_id[19].slug == "no-meaning"
    assert default.by_id[39].slug == "fits-no-trend"


def test_the_taxonomy_file_is_formatted_for_reading() -> None:
    text = DEFAULT_TAXONOMY.read_text(encoding="utf-8")
    assert text == json.dumps(json.loads(text), ensure_ascii=False, indent=2) + "\n"


def test_examples_of_a_class_are_kept_in_order(tmp_path: Path) -> None:
    mine = company()
    mine["classes"][0]["examples"] = ["cold soup", "Soup was cold"]
    taxonomy = load_taxonomy(written(tmp_path, mine))
    assert [len(one.examples) for one in taxonomy.classes] == [2, 0, 0]
    assert taxonomy.digest == load_taxonomy(written(tmp_path, company())).digest


@pytest.mark.parametrize("examples", [["  "], ["x"] * 101, ["x" * 1001], "x"])
def test_invalid_examples_are_refused(tmp_path: Path, examples: object) -> None:
    mine = company()
    mine["classes"][0]["examples"] = examples
    assert "classes[0].examples" in refusal(written(tmp_path, mine))


def test_a_custom_taxonomy_is_loaded(tmp_path: Path) -> None:
    taxonomy = load_taxonomy(written(tmp_path, company()))
    assert taxonomy.ids == (10, 20, 30)
    assert taxonomy.title(20, "ru") == "Staff"


def test_changing_a_title_or_definition_keeps_the_digest(tmp_path: Path) -> None:
    mended = company()
    mended["classes"][0]["title"]["ru"] = "Очередь"
    mended["classes"][1]["definition"]["en"] = "Something clearer."
    mended["groups"][0]["title"]["en"] = "The shop"
    assert digest(tmp_path, mended) == digest(tmp_path, company())


def test_the_order_of_classes_changes_the_digest(tmp_path: Path) -> None:
    turned = company()
    turned["classes"].reverse()
    assert digest(tmp_path, turned) != digest(tmp_path, company())


@pytest.mark.parametrize(("field", "value"), [("slug", "line"), ("id", 11)])
def test_another_slug_or_id_changes_the_digest(tmp_path: Path, field: str, value: object) -> None:
    changed = company()
    changed["classes"][0][field] = value
    assert digest(tmp_path, changed) != digest(tmp_path, company())


def digest(folder: Path, content: object) -> str:
    return load_taxonomy(written(folder, content)).digest


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("id", 10, "classes[1].id: 10 is the id of classes[0] too"),
        ("slug", "queue", "classes[1].slug: queue is the slug of classes[0] too"),
        ("group", "warehouse", "classes[1].group: there is no group 'warehouse'"),
    ],
)
def test_the_error_names_a_conflicting_class_and_its_position(
    tmp_path: Path, field: str, value: object, said: str
) -> None:
    content = company()
    content["classes"][1][field] = value
    assert refusal(written(tmp_path, content)).endswith(said)


def test_the_error_names_a_duplicate_topic_id_and_its_position(tmp_path: Path) -> None:
    content = company() | {"topics": [{"id": "FOOD", "title": words("Food")}] * 2}
    assert "topics[1].id: FOOD is the id of topics[0] too" in refusal(written(tmp_path, content))


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"fallback": 99}, "fallback: no class has the id 99"),
        ({"rating": {"lowest": 5, "highest": 1}}, "rating: lowest, 5, is not below highest, 1"),
        ({"rating": {"lowest": 0, "highest": 100}}, "rating.highest: "),
        ({"topics": [{"id": "two words", "title": words("x")}]}, "topics[0].id: "),
        ({"topics": [{"id": "x" * 41, "title": words("x")}]}, "topics[0].id: "),
        ({"topics": [{"id": "x"}]}, "topics[0].title: "),
    ],
)
def test_the_error_names_the_position_of_invalid_topics_scale_or_fallback(
    tmp_path: Path, changes: dict[str, Any], place: str
) -> None:
    assert f": {place}" in refusal(written(tmp_path, company() | changes))


@pytest.mark.parametrize(
    ("titles", "place"),
    [
        ({}, "title: "),
        ({"ru": ""}, "title.ru: "),
        ({"en": " \n"}, "title.en: "),
        ({"English": "x"}, "title.English: "),
        ({"en": "x", "ru": 7}, "title.ru: "),
    ],
)
def test_the_error_names_the_position_of_an_invalid_title(
    tmp_path: Path, titles: dict[str, Any], place: str
) -> None:
    content = company()
    content["classes"][2]["title"] = titles
    assert f": classes[2].{place}" in refusal(written(tmp_path, content))


@pytest.mark.parametrize(
    ("titles", "russian", "english"),
    [
        ({"ru": "Очередь", "en": "Queue"}, "Очередь", "Queue"),
        ({"en": "Queue", "de": "Schlange"}, "Queue", "Queue"),
        ({"ru": "Очередь", "de": "Schlange"}, "Очередь", "Очередь"),
        ({"de": "Schlange", "pt-BR": "Fila"}, "Schlange", "Schlange"),
    ],
)
def test_a_title_missing_in_a_language_is_shown_in_another(
    titles: dict[str, str], russian: str, english: str
) -> None:
    found = Titles(titles)
    assert (found.into("ru"), found.into("en")) == (russian, english)


def test_without_topics_and_rating_the_defaults_are_none_and_0_to_6(
    tmp_path: Path,
) -> None:
    taxonomy = load_taxonomy(written(tmp_path, company()))
    assert (taxonomy.topics, taxonomy.scale_name, taxonomy.fallback) == ((), "0-6", None)


def test_a_taxonomy_may_have_no_rating(tmp_path: Path) -> None:
    taxonomy = load_taxonomy(written(tmp_path, company() | {"rating": None}))
    assert (taxonomy.rating, taxonomy.scale_name, taxonomy.is_rating(0)) == (None, "none", False)


def test_a_removed_topic_is_shown_by_its_id(tmp_path: Path) -> None:
    topics = [{"id": "FOOD", "title": {"ru": "Еда", "en": "Food"}}]
    taxonomy = load_taxonomy(written(tmp_path, company() | {"topics": topics}))
    assert taxonomy.topic_title("FOOD", "ru") == "Еда"
    assert taxonomy.topic_title("PARKING", "ru") == "PARKING"


def test_the_topics_digest_depends_on_ids_and_order_only(default: Taxonomy) -> None:
    first, second, *others = default.topics
    turned = default.model_copy(update={"topics": (second, first, *others)})
    renamed = default.model_copy(
        update={"topics": (first.model_copy(update={"title": second.title}), second, *others)}
    )
    assert turned.topics_digest != default.topics_digest
    assert renamed.topics_digest == default.topics_digest


def test_a_file_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    path = tmp_path / "classes.json"
    path.write_text(json.dumps(company()), encoding="utf-8-sig")
    assert load_taxonomy(path).ids == (10, 20, 30)


def test_the_schema_in_the_docs_is_current() -> None:
    kept = Path("docs/taxonomy.schema.json").read_text(encoding="utf-8")
    assert kept == json_schema(), "run make schema"


@pytest.mark.parametrize(
    ("place", "value"),
    [("slug", "No Spaces"), ("title", {"ru": "", "en": "x"}), ("id", -1), ("colour", "red")],
)
def test_the_error_names_an_invalid_taxonomy_field(
    tmp_path: Path, place: str, value: object
) -> None:
    content = company()
    content["classes"][0][place] = value
    assert f"classes[0].{place}" in refusal(written(tmp_path, content))


def test_a_file_without_classes_is_refused(tmp_path: Path) -> None:
    assert "classes" in refusal(written(tmp_path, {"groups": [], "classes": []}))


def test_the_error_names_a_missing_file(tmp_path: Path) -> None:
    assert "No such file" in refusal(tmp_path / "nowhere.json")


@pytest.mark.parametrize("content", [b"", b"id,slug\n1,queue\n", b'{"groups": [', b"[]", b"null"])
def test_a_taxonomy_file_that_is_not_valid_json_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "classes.json"
    path.write_bytes(content)
    assert refusal(path)


def test_a_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "classes.json"
    path.write_bytes(
        json.dumps(company(), ensure_ascii=False).replace("Shop", "Лавка").encode("cp1251")
    )
    assert "UTF-8" in refusal(path)


def test_customers_see_another_title_for_the_meaningless_class() -> None:
    taxonomy = load_taxonomy()

    assert taxonomy.public_title(19, "ru") != taxonomy.title(19, "ru")
    assert taxonomy.public_title(0, "en") == taxonomy.title(0, "en")
