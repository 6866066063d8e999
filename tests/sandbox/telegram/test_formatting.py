import pytest

from sandbox.errors import Refused
from sandbox.telegram.formatting import Entity, FormattedText, clean, fix, utf16_length


def kinds(formatted: FormattedText) -> list[tuple[str, str]]:
    """Return each entity's kind and the text that it covers."""
    units = formatted.text.encode("utf-16-le")
    return [
        (e.kind, units[2 * e.offset : 2 * e.end].decode("utf-16-le")) for e in formatted.entities
    ]


def test_control_characters_become_spaces_and_bidi_marks_are_removed() -> None:
    assert clean("a\x00b\tc\x1fd") == "a b c d"
    assert clean("a\r\nb") == "a\nb"
    assert clean("a\u202eb\u2028c") == "abc"
    assert clean("z\u0333\u033f\u030a") == "z"


def test_all_but_the_last_direction_mark_become_joiners() -> None:
    assert clean("\u200e\u200f\u200e!") == "\u200c\u200c\u200e!"


@pytest.mark.parametrize("text", ["", "  \n", "\u200b", "\u00a0 \u2800", "\U000e0041", "\ufeff"])
def test_text_without_visible_characters_counts_as_empty(text: str) -> None:
    assert fix(text) == FormattedText()


def test_text_is_trimmed_and_entity_offsets_are_adjusted() -> None:
    fixed = fix("  hello  ", [Entity("bold", 2, 7)])

    assert (fixed.text, kinds(fixed)) == ("hello", [("bold", "hello")])


def test_entities_cover_the_same_words_after_characters_are_removed() -> None:
    fixed = fix("a\r😀\u202eb c", [Entity("bold", 2, 2), Entity("italic", 5, 1)])

    assert kinds(fixed) == [("bold", "😀"), ("italic", "b")]


def test_blank_entities_are_dropped_and_others_start_at_a_visible_character() -> None:
    fixed = fix("x \n y", [Entity("bold", 1, 3), Entity("italic", 2, 3)])

    assert kinds(fixed) == [("italic", "y")]


@pytest.mark.parametrize(
    ("entity", "words"),
    [
        (Entity("bold", -1, 1), "receive an entity with incorrect offset -1"),
        (Entity("bold", 0, 1_000_001), "receive an entity with incorrect length 1000001"),
        (Entity("bold", 100, 1), "entity begins after the end of the text at UTF-16 offset 100"),
        (
            Entity("bold", 0, 100),
            "entity beginning at UTF-16 offset 0 ends after the end of the text "
            "at UTF-16 offset 100",
        ),
        (Entity("bold", 2, 1), "entity begins in a middle of a UTF-16 symbol at byte offset 5"),
        (
            Entity("bold", 0, 2),
            "entity beginning at UTF-16 offset 0 ends in a middle of a UTF-16 symbol "
            "at byte offset 5",
        ),
    ],
)
def test_an_entity_outside_the_text_or_inside_a_character_is_refused(
    entity: Entity, words: str
) -> None:
    with pytest.raises(Refused) as refused:
        fix("a😀b", [entity])

    assert refused.value.description == f"Bad Request: {words}"


def test_adjacent_equal_entities_are_merged() -> None:
    fixed = fix("abcd", [Entity("bold", 0, 2), Entity("bold", 2, 2)])

    assert fixed.entities == (Entity("bold", 0, 4),)


def test_quotes_may_contain_bold_text_and_code_contains_no_entities() -> None:
    quote, code, bold = Entity("blockquote", 0, 4), Entity("code", 0, 4), Entity("bold", 1, 2)

    assert fix("abcd", [quote, bold]).entities == (quote, bold)
    assert fix("abcd", [code, bold]).entities == (code,)
    assert fix("abcd", [quote, Entity("expandable_blockquote", 1, 2)]).entities == (quote,)


def test_commands_links_and_mentions_are_detected_automatically() -> None:
    fixed = fix("/r12 see https://a.b/c, ask @someone or x@y.zz #tag")

    assert kinds(fixed) == [
        ("bot_command", "/r12"),
        ("url", "https://a.b/c"),
        ("mention", "@someone"),
        ("email", "x@y.zz"),
        ("hashtag", "#tag"),
    ]


def test_nothing_is_detected_inside_code_and_given_command_entities_are_ignored() -> None:
    fixed = fix("/start word", [Entity("code", 0, 6), Entity("bot_command", 7, 4)])

    assert kinds(fixed) == [("code", "/start")]


@pytest.mark.parametrize("text", ["and/or", "</b>", "1/2", "a//b", "/path/to"])
def test_a_slash_alone_does_not_make_a_command(text: str) -> None:
    assert kinds(fix(text)) == []


def test_length_is_counted_in_utf16_units() -> None:
    assert utf16_length("a😀é") == 4
