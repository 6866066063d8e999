import pytest

from sandbox.errors import Refused
from sandbox.telegram.formatting import Entity
from sandbox.telegram.html_markup import parse_html


def test_tags_become_entities_in_utf16_units() -> None:
    text, entities = parse_html("😀<b>b<i>i</i></b> <u>u</u><s>s</s>")

    assert text == "😀bi us"
    assert entities == [
        Entity("italic", 3, 1),
        Entity("bold", 2, 2),
        Entity("underline", 5, 1),
        Entity("strikethrough", 6, 1),
    ]


def test_attributes_say_where_links_lead_and_what_language_code_is() -> None:
    _, entities = parse_html(
        '<a href="https://a.b/?x=1&amp;y=2">l</a><pre><code class="language-python">c</code></pre>'
        "<blockquote expandable>q</blockquote><span class='tg-spoiler'>s</span>"
        '<a href="tg://user?id=7">u</a><tg-emoji emoji-id="5">e</tg-emoji>'
    )

    assert entities == [
        Entity("text_link", 0, 1, {"url": "https://a.b/?x=1&y=2"}),
        Entity("pre", 1, 1, {"language": "python"}),
        Entity("expandable_blockquote", 2, 1),
        Entity("spoiler", 3, 1),
        Entity("text_mention", 4, 1, {"user": {"id": 7, "is_bot": False, "first_name": "7"}}),
        Entity("custom_emoji", 5, 1, {"custom_emoji_id": "5"}),
    ]


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("&lt;b&gt; &amp;lt; &quot;x&quot;", '<b> &lt; "x"'),
        ("&#1046;&#x416;", "ЖЖ"),
        ("&nbsp; &unknown; AT&T &", "&nbsp; &unknown; AT&T &"),
        ("&#0; &#99999999999;", "&#0; &#99999999999;"),
        ("a > b", "a > b"),
        ("<b></b>x", "x"),
        ("<a href='nowhere'>x</a>", "x"),
        ("<B>x</B >", "x"),
        ("<b>x</>", "x"),
    ],
)
def test_what_is_no_markup_stays_as_it_was_written(markup: str, text: str) -> None:
    assert parse_html(markup)[0] == text


@pytest.mark.parametrize(
    ("markup", "problem"),
    [
        ("<eos>", 'Unsupported start tag "eos" at byte offset 0'),
        ("да <script>x</script>", 'Unsupported start tag "script" at byte offset 5'),
        ("<b>unclosed", 'Can\'t find end tag corresponding to start tag "b"'),
        ("a <b", "Unclosed start tag at byte offset 2"),
        ("a < b", 'Unsupported start tag "" at byte offset 2'),
        ('<a href="x', "Unclosed start tag at byte offset 0"),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        ("<b>x</b", "Unclosed end tag at byte offset 4"),
        (
            "<b><i>test</b></i>",
            'Unmatched end tag at byte offset 10, expected "</i>", found "</b>"',
        ),
        ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ('<tg-emoji emoji-id="x">x</tg-emoji>', "Invalid custom emoji identifier specified"),
        (
            "&#xD800;",
            "Text contains invalid Unicode characters after decoding HTML entities, "
            "check for unmatched surrogate code units",
        ),
    ],
)
def test_markup_that_does_not_parse_is_refused_with_its_place(markup: str, problem: str) -> None:
    with pytest.raises(Refused) as refused:
        parse_html(markup)

    assert refused.value.description == f"Bad Request: can't parse entities: {problem}"
