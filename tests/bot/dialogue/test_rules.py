"""The pure rules of a dialogue, and the limits of its messages."""

from dataclasses import replace

import pytest

from bot.archive.dialogue_records import (
    CannedAnswer,
    DialogueMessage,
    Direction,
    MessageKind,
    SendState,
)
from bot.dialogue.answer_messages import in_group, invitation, question
from bot.dialogue.canned_messages import LISTED, MAX_LENGTH, canned_list, suggestions
from bot.dialogue.canned_request import for_class
from bot.dialogue.customer_route import (
    MAX_CAPTION,
    MAX_TEXT,
    AskWhich,
    ToCase,
    ToForm,
    parts_of,
    route,
)
from bot.dialogue.reply_messages import status, to_customer, too_long_by
from bot.dialogue.reply_rules import (
    Author,
    Hold,
    Ignore,
    Reason,
    Refuse,
    TakeNote,
    Target,
    Words,
    judge,
)
from bot.dialogue.send_failures import Undelivered
from bot.form.callbacks import MAX_NUMBER
from bot.form.screens import Screen
from bot.form.validation import utf16_length
from tests.bot.samples import TAXONOMY, TEXTS
from triage.review import LANGUAGES, Language

TEXT = Words(MessageKind.TEXT, "Вернём деньги")

MESSAGE = DialogueMessage(
    id=MAX_NUMBER,
    number=MAX_NUMBER,
    direction=Direction.OUT,
    kind=MessageKind.TEXT,
    text="Вернём деньги",
    file_id=None,
    group_chat_id=-5,
    group_message_id=20,
    status_message_id=21,
    customer_message_id=30,
    by_id=7,
    state=SendState.HELD,
    error=None,
    edits=0,
    mirrored=0,
    version=1,
    told=0,
    created_ms=0,
    due_ms=10,
    sent_ms=0,
    source="group:-5:20",
)


@pytest.mark.parametrize("author", Author)
@pytest.mark.parametrize("target", Target)
def test_only_a_member_s_reply_to_a_card_or_an_answer_is_sent(
    author: Author, target: Target
) -> None:
    decision = judge(author, target, TEXT)
    known = author in (Author.MEMBER, Author.ANONYMOUS_ADMIN)
    assert isinstance(decision, Hold) == (known and target is Target.CASE)
    assert isinstance(decision, Ignore) == (target is Target.TALK)
    assert isinstance(judge(author, target, replace(TEXT, text=" // a")), TakeNote) == (
        known and target is Target.CASE
    )


def test_an_anonymous_admin_s_reply_needs_a_tap() -> None:
    assert judge(Author.ANONYMOUS_ADMIN, Target.CASE, TEXT) == Hold(needs_tap=True)
    assert judge(Author.MEMBER, Target.CASE, TEXT) == Hold(needs_tap=False)


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (Words(None, ""), Reason.UNSUPPORTED),
        (Words(MessageKind.PHOTO, "", "id", in_album=True), Reason.ALBUM),
        (Words(MessageKind.TEXT, " \n"), Reason.EMPTY),
        (Words(MessageKind.TEXT, "/refund now"), Reason.COMMAND),
    ],
)
def test_a_reply_that_cannot_be_sent_is_refused_with_the_reason(
    words: Words, reason: Reason
) -> None:
    assert judge(Author.MEMBER, Target.CASE, words) == Refuse(reason)


@pytest.mark.parametrize(
    ("replied_to", "answering", "has_draft", "open_numbers", "expected"),
    [
        (None, None, False, [], ToForm()),
        (None, None, True, [], ToForm()),
        (None, None, True, [1], ToForm()),
        (None, None, False, [3, 2, 1, 0], AskWhich([3, 2, 1])),
        (None, 2, False, [3], ToCase(2)),
        (None, 2, True, [3], ToCase(2)),
        (1, 2, True, [3], ToCase(1)),
        (1, None, False, [], ToCase(1)),
    ],
)
def test_a_customer_message_is_routed_by_reply_draft_and_open_dialogues(
    replied_to: int | None,
    answering: int | None,
    has_draft: bool,
    open_numbers: list[int],
    expected: object,
) -> None:
    given = {"replied_to": replied_to, "answering": answering}
    assert route(**given, has_draft=has_draft, open_numbers=open_numbers) == expected  # type: ignore[arg-type]


def every_status(language: Language) -> list[Screen]:
    say = TEXTS[language]
    errors = (None, *(f"{reason}: {'x' * 190}"[:200] for reason in Undelivered))
    return [
        status(
            replace(MESSAGE, state=state, error=error, direction=direction, due_ms=due_ms),
            say,
            hold_s=10,
            now_ms=0,
        )
        for state in SendState
        for error in errors
        for direction in (Direction.OUT, Direction.NOTE)
        for due_ms in (None, 1)
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_longest_messages_and_buttons_fit_the_telegram_limits(language: Language) -> None:
    say, numbers = TEXTS[language], [MAX_NUMBER] * 3
    answers = [CannedAnswer(MAX_NUMBER, 3, "я" * MAX_LENGTH)] * (LISTED + 5)
    screens = [
        *every_status(language),
        to_customer(MESSAGE, say),
        to_customer(replace(MESSAGE, kind=MessageKind.CLOSING), say),
        to_customer(replace(MESSAGE, text=answers[0].text), say),
        invitation(MAX_NUMBER, say),
        question(MESSAGE, numbers, say),
        question(replace(MESSAGE, kind=MessageKind.PHOTO), numbers, say),
        suggestions(MAX_NUMBER, answers[:5], TAXONOMY, say),
        Screen(canned_list(answers, TAXONOMY, say)),
        Screen(in_group(replace(MESSAGE, text="@a" * (MAX_TEXT // 2)), say)),
    ]
    for screen in screens:
        assert 0 < utf16_length(screen.text.render()[0]) <= 4096
        for row in screen.buttons.inline_keyboard if screen.buttons else []:
            assert all(len((button.callback_data or "").encode()) <= 64 for button in row)
    caption = in_group(replace(MESSAGE, text="@a" * (MAX_CAPTION // 2)), say)
    assert utf16_length(caption.render()[0]) <= 1024


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("kind", "limit"), [(MessageKind.TEXT, 4096), (MessageKind.PHOTO, 1024)])
def test_the_limit_of_a_reply_includes_the_length_of_the_title(
    language: Language, kind: MessageKind, limit: int
) -> None:
    say = TEXTS[language]
    title = utf16_length(to_customer(replace(MESSAGE, text="x"), say).text.render()[0]) - 1
    longest = replace(MESSAGE, kind=kind, text="я" * (limit - title))
    assert too_long_by(longest, say) == 0
    assert too_long_by(replace(longest, text=longest.text + "🙂"), say) == 2


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_callback_answer_fits_the_telegram_limit(language: Language) -> None:
    say = TEXTS[language]
    number = str(MAX_NUMBER)
    plain = (
        "tap-members-only tap-late tap-cancelled tap-noted tap-sending tap-unsent tap-unsend-late "
        "tap-held answer-erased answer-decided"
    )
    words = [say(key) for key in plain.split()]
    reason = say("undeliverable-other", detail="x" * 100)
    words += [say("canned-unknown", id=number), say("tap-unsend-failed", reason=reason)]
    assert max(map(utf16_length, words)) <= 200


@pytest.mark.parametrize(
    "text",
    ["короче", "я" * 4096, "a🙂" * 2000, "слово " * 1000, "ы\n" * 2500, " ".join("абв" * 999)],
)
def test_the_parts_of_a_text_fit_and_lose_no_character(text: str) -> None:
    parts = parts_of(text)
    assert all(utf16_length(part) <= MAX_TEXT for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())
    assert len(parts) <= 3


@pytest.mark.parametrize(
    ("text", "class_id", "words"),
    [
        ("Спасибо!", None, "Спасибо!"),
        ("3: Вернём деньги", 3, "Вернём деньги"),
        (f"{TAXONOMY.title(3, 'en').upper()}:  We are sorry", 3, "We are sorry"),
        (f"{TAXONOMY.title(3, 'ru')}: Простите", 3, "Простите"),
        (f"{TAXONOMY.by_id[3].slug}: a\nb", 3, "a\nb"),
        ("Важно: мы всё исправим", None, "Важно: мы всё исправим"),
        ("999: нет такого", "999", "нет такого"),
    ],
)
def test_a_prepared_answer_is_for_the_class_that_its_beginning_names(
    text: str, class_id: int | str | None, words: str
) -> None:
    assert for_class(text, TAXONOMY) == (class_id, words)
