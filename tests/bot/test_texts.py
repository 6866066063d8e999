import ast
import re
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from fluent.syntax import FluentParser
from fluent.syntax import ast as ftl
from fluent.syntax.visitor import Visitor

import bot
from bot.errors import BadLocale
from bot.form.validation import utf16_length
from bot.telegram.profile import GROUP_COMMANDS
from bot.texts import LOCALES, load_texts, spoken_by
from tests.bot.samples import TEXTS
from triage.review import LANGUAGES, Language

SOURCES = sorted(Path(bot.__file__).parent.rglob("*.py"))

# What speaks: the protocol's own name, and those that hold one.
SPEAKERS = {"say", "_say", "moderators_say", "speaker"}

NUMBERS = (0, 1, 2, 3, 4, 5, 11, 12, 14, 21, 22, 25, 101, 111, 1000)


class Variables(Visitor):
    """Collects the names of the variables in a message."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def visit_VariableReference(self, node: ftl.VariableReference) -> None:
        self.names.add(node.id.name)


def messages(language: Language) -> dict[str, set[str]]:
    """Return the variables of every message in a locale file."""
    resource = FluentParser().parse((LOCALES / f"{language}.ftl").read_text(encoding="utf-8"))
    found = {}
    for entry in resource.body:
        if isinstance(entry, ftl.Message):
            variables = Variables()
            variables.visit(entry)
            assert entry.id.name not in found, f"{language}: {entry.id.name} stands twice"
            found[entry.id.name] = variables.names
    return found


def pattern_of(node: ast.expr) -> Iterator[str]:
    """Yield the keys that an expression may become, a changing part as .+ ."""
    match node:
        case ast.Constant(value=str(key)):
            yield re.escape(key)
        case ast.JoinedStr(values=parts):
            yield "".join(
                re.escape(str(part.value)) if isinstance(part, ast.Constant) else ".+"
                for part in parts
            )
        case ast.IfExp(body=body, orelse=orelse):
            yield from pattern_of(body)
            yield from pattern_of(orelse)


def spoken() -> Iterator[tuple[str, ast.Call]]:
    """Yield each call of a speaker in the code, with the pattern of its keys."""
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and _name(node.func) in SPEAKERS and node.args:
                for pattern in pattern_of(node.args[0]):
                    yield pattern, node


def _name(function: ast.expr) -> str | None:
    match function:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Subscript(value=ast.Attribute(attr="_texts")):
            return "say"
    return None


def strings() -> set[str]:
    """Return every string in the code; a key may be chosen there and said elsewhere."""
    return {
        node.value
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


KEYS = {language: messages(language) for language in LANGUAGES}


def test_the_message_calls_in_the_code_are_found() -> None:
    assert len(list(spoken())) > 40


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_same_messages_with_the_same_variables(language: Language) -> None:
    assert KEYS[language] == KEYS["en"]


def test_every_message_that_the_code_uses_exists() -> None:
    for pattern, call in spoken():
        found = [key for key in KEYS["en"] if re.fullmatch(pattern, key)]
        assert found, f"no message {pattern}: {ast.unparse(call)}"


def test_every_call_passes_exactly_the_variables_of_its_message() -> None:
    for pattern, call in spoken():
        given = {keyword.arg for keyword in call.keywords}
        for key in filter(re.compile(pattern).fullmatch, KEYS["en"]):
            assert KEYS["en"][key] == given, f"{key}: {ast.unparse(call)}"


def test_every_message_is_used_by_the_code() -> None:
    patterns = [pattern for pattern, _ in spoken()]
    unsaid = {key for key in KEYS["en"] if not any(re.fullmatch(p, key) for p in patterns)}
    assert unsaid - strings() == set()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", KEYS["en"])
def test_every_message_can_be_formatted_with_any_number(language: Language, key: str) -> None:
    for number in NUMBERS:
        said = TEXTS[language](key, **dict.fromkeys(KEYS["en"][key], number))
        assert said.strip() == said != ""
        assert not re.search(r"[{}]|\?\?\?|\$|None|  ", said)


@pytest.mark.parametrize(
    ("before", "said"),
    [
        (0, "Он первый в очереди."),
        (1, "Перед ним 1 отзыв."),
        (3, "Перед ним 3 отзыва."),
        (5, "Перед ним 5 отзывов."),
        (11, "Перед ним 11 отзывов."),
        (21, "Перед ним 21 отзыв."),
        (22, "Перед ним 22 отзыва."),
        (111, "Перед ним 111 отзывов."),
    ],
)
def test_russian_plural_forms_of_waiting_reviews_are_correct(before: int, said: str) -> None:
    assert TEXTS["ru"]("receipt", number="7", before=before) == f"Отзыв № 7 принят. {said}"


@pytest.mark.parametrize(
    ("count", "characters", "genitive", "seconds", "reviews"),
    [
        (1, "1 символ,", "1 символа.", "1 секунду ", "1 новый отзыв."),
        (3, "3 символа,", "3 символов.", "3 секунды ", "3 новых отзыва."),
        (5, "5 символов,", "5 символов.", "5 секунд ", "5 новых отзывов."),
        (11, "11 символов,", "11 символов.", "11 секунд ", "11 новых отзывов."),
        (21, "21 символ,", "21 символа.", "21 секунду ", "21 новый отзыв."),
    ],
)
def test_russian_plural_forms_of_other_words_are_correct(
    count: int, characters: str, genitive: str, seconds: str, reviews: str
) -> None:
    say = TEXTS["ru"]
    assert characters in say("text-too-long", length=count, limit=300)
    assert characters in say("text-too-long-joined", length=count, limit=300)
    assert genitive in say("form-text", limit=count)
    assert seconds in say("too-fast", wait=count)
    assert reviews in say("digest-title", count=count)


@pytest.mark.parametrize(
    ("count", "said"), [(0, "It is first"), (1, "1 review is"), (2, "2 reviews are")]
)
def test_english_plural_forms_are_correct(count: int, said: str) -> None:
    assert said in TEXTS["en"]("receipt", number="7", before=count)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "key", ["already-sent", "button-gone", "failed", "form-gone", "queue-full", "too-fast"]
)
def test_every_callback_answer_fits_the_telegram_limit(language: Language, key: str) -> None:
    """Telegram shows at most 200 characters in answer to a tap."""
    longest = 60 if key == "too-fast" else "9" * 18
    variables = dict.fromkeys(KEYS["en"][key], longest)
    assert utf16_length(TEXTS[language](key, **variables)) <= 200


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_error_names_an_unknown_message(language: Language) -> None:
    with pytest.raises(BadLocale, match=rf"^{language}: there is no message farewell$"):
        TEXTS[language]("farewell")


def test_the_error_names_a_missing_variable() -> None:
    with pytest.raises(BadLocale, match=r"^en: message receipt-delayed: .*number"):
        TEXTS["en"]("receipt-delayed")


def test_the_error_for_an_invalid_locale_file_names_file_and_position(tmp_path: Path) -> None:
    for language in LANGUAGES:
        (tmp_path / f"{language}.ftl").write_text("fine = Fine\nbroken = { $x\n", encoding="utf-8")
    with pytest.raises(BadLocale, match=r"^ru\.ftl does not parse at: broken = \{ \$x$"):
        load_texts(tmp_path)


@pytest.mark.parametrize(
    ("code", "language"),
    [("ru", "ru"), ("ru-RU", "ru"), ("en", "en"), ("uk", "en"), ("rup", "en"), ("", "en")],
)
def test_the_language_of_the_client_selects_the_interface_language(
    code: str, language: Language
) -> None:
    assert spoken_by(code) == language
    assert spoken_by(None) == "en"


def test_a_locale_file_is_parsed_once_in_a_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.texts.FluentResource", lambda _: pytest.fail("it was parsed again"))

    texts = load_texts(zone=ZoneInfo("Europe/Moscow"))

    assert texts["ru"]("form-edit") == TEXTS["ru"]("form-edit")


@pytest.mark.parametrize(
    ("style", "words"),
    [
        ("number", "without your name"),
        ("alias", "with an alias in place of your name"),
        ("first_name", "with your first name from Telegram"),
    ],
)
def test_privacy_says_which_name_moderators_see(style: str, words: str) -> None:
    assert f"in the moderators' group, {words}." in TEXTS["en"]("privacy", names=style)


def test_an_answer_without_classes_does_not_deny_that_the_review_was_read() -> None:
    """The title says that it was read, so the words below say that a person reads it too."""
    for key in ("answer-person", "answer-ranked", "answer-no-classes"):
        assert TEXTS["en"](key).endswith("so a person will read it too.")
        assert TEXTS["ru"](key).endswith("поэтому его прочитает и человек.")


@pytest.mark.parametrize(("count", "said"), [(1, "1 message"), (2, "2 messages")])
def test_a_message_out_of_reach_is_spoken_of_in_its_number(count: int, said: str) -> None:
    told = TEXTS["en"]("dialogue-out-of-reach", count=count, links="")
    assert f"{said} in this group" in told
    assert ("delete it by hand" in told) == (count == 1)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_help_of_moderators_names_all_their_commands(language: Language) -> None:
    told = TEXTS[language]("help-moderator")
    assert [name for name in GROUP_COMMANDS if f"/{name}" not in told] == []
