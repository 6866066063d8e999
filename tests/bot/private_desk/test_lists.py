"""The lists of /find, /classes and /mine: what is on a page, and how it goes on."""

from collections.abc import AsyncGenerator
from dataclasses import replace

from aiogram.methods import EditMessageText, SendMessage
from aiogram.types import MessageEntity

from bot.archive.dialogue import Dialogue
from bot.archive.dialogue_records import Direction, MessageKind, NewMessage, SendState
from bot.archive.personal_data import PersonalData
from bot.clock import now_ms
from bot.desk.cases import Act
from bot.desk.desk_taps import DeskButton, parse_tap
from bot.form.text_limit import MAX_TEXT_LENGTH
from bot.form.validation import utf16_length
from bot.private_desk import list_pages, scan
from bot.private_desk.list_screen import ListScreen
from bot.private_desk.scan import Scan
from tests.bot.fake_telegram import Telegram
from tests.bot.group import SUPERGROUP
from tests.bot.private_desk.bench import BORIS, OLGA, SAY, PrivateDesk
from tests.bot.samples import SEAL, TAXONOMY
from triage.cascade import Confidence


def words(screen: ListScreen) -> str:
    return screen.text.render()[0]


def taps(screen: ListScreen) -> list[tuple[DeskButton, int, int | None]]:
    rows = screen.buttons.inline_keyboard if screen.buttons else []
    found = [parse_tap(key.callback_data or "") for row in rows for key in row]
    return [(tap.button, tap.number, tap.value) for tap in found if tap]


async def test_a_page_of_find_shows_its_query_and_has_a_button_for_the_next_page(
    private_desk: PrivateDesk,
) -> None:
    desk = private_desk
    numbers = [(await desk.review(f"Курьер {n} опоздал")).number for n in range(7)]
    await desk.review("Всё вкусно")

    first = await desk.pages.found("курьер опозд")
    assert first.numbers == tuple(reversed(numbers[2:]))
    text, entities = first.text.render()
    [code] = [entity for entity in entities if entity.type == "code"]
    assert MessageEntity.extract_from(code, text) == "курьер опозд"
    assert (DeskButton.FOUND_PAGE, numbers[2], None) in taps(first)

    second = await desk.pages.found("курьер опозд", numbers[2])
    assert second.numbers == (numbers[1], numbers[0])
    assert [tap for tap in taps(second) if tap[0] is DeskButton.FOUND_PAGE] == [
        (DeskButton.FOUND_PAGE, 0, None)
    ]
    nothing = await desk.pages.found("пицца")
    assert SAY("list-none") in words(nothing)
    assert nothing.buttons is None


async def test_a_page_says_where_the_search_stopped(private_desk: PrivateDesk) -> None:
    desk = private_desk
    oldest = await desk.review("Курьер опоздал")
    others = [(await desk.review("Вкусно")).number for _ in range(4)]
    pages = replace(desk.pages, scanned=3)

    first = await pages.found("курьер")
    assert SAY("list-cut", count=3, number=str(others[1])) in words(first)
    assert taps(first) == [(DeskButton.FOUND_PAGE, others[1], None)]
    second = await pages.found("курьер", others[1])
    assert second.numbers == (oldest.number,)


async def test_a_scan_stops_at_its_limit() -> None:
    opened = 0

    class Seen:
        def __init__(self, number: int) -> None:
            self.number = number

    async def stream() -> AsyncGenerator[Seen, None]:
        nonlocal opened
        for number in range(100, 0, -1):
            opened += 1
            yield Seen(number)

    assert await scan.scan(stream(), lambda seen: None, 5, 10) == Scan({}, 91, is_cut=True)
    assert opened == 11
    found = await scan.scan(stream(), lambda seen: seen.number, 2, 10)
    assert found == Scan({100: 100, 99: 99}, 99)


async def test_customer_text_is_inert_and_the_longest_page_fits(
    private_desk: PrivateDesk,
) -> None:
    desk = private_desk
    hostile = ("@admin #tag /start$x " * 60)[:MAX_TEXT_LENGTH]
    for _ in range(6):
        review = await desk.review(hostile, classes=TAXONOMY.ids[:6], rating=6)
        await desk.reviews.record_card(
            [review.number],
            chat_id=SUPERGROUP,
            message_id=review.number,
            digest=False,
            now_ms=5,
        )
    page = await desk.pages.found("admin start tag x")
    text, entities = page.text.render()
    assert utf16_length(text) <= 4096
    assert "@admin" not in text
    assert {entity.type for entity in entities} == {"code", "text_link", "italic"}
    assert [e.url for e in entities if e.url] == [f"https://t.me/c/5/{n}" for n in page.numbers]


async def test_class_counts_use_the_labels_of_moderators_where_they_exist(
    private_desk: PrivateDesk,
) -> None:
    desk, now = private_desk, now_ms()
    for _ in range(3):
        await desk.review(classes=(3,), accepted_ms=now)
    checked = await desk.review(classes=(3,), accepted_ms=now)
    await desk.says(OLGA, checked, 5)
    undecided = await desk.review(classes=(3,), confidence=Confidence.PERSON, accepted_ms=now)
    await desk.acts(OLGA, await desk.review(classes=(3,), accepted_ms=now), Act.SPAM)
    old = await desk.review(classes=(3,), accepted_ms=now - 31 * list_pages.DAY_MS)

    counted = await desk.pages.classes()
    assert words(counted).splitlines()[:2] == [
        SAY("classes-title", days=30, count=4),
        SAY("classes-waiting", count=1),
    ]
    assert taps(counted) == [(DeskButton.CLASS_PAGE, 0, 3), (DeskButton.CLASS_PAGE, 0, 5)]
    assert counted.numbers == ()
    assert counted.buttons is not None
    assert counted.buttons.inline_keyboard[0][0].text == f"{TAXONOMY.title(3, 'ru')} · 3"

    listed = await desk.pages.of_class(3)
    assert len(listed.numbers) == 4
    assert old.number in listed.numbers
    assert undecided.number not in listed.numbers
    assert (await desk.pages.of_class(5)).numbers == (checked.number,)
    assert (DeskButton.CLASS_LIST, 0, None) in taps(listed)


async def test_a_review_with_several_classes_is_one_review_of_the_title(
    private_desk: PrivateDesk,
) -> None:
    await private_desk.review(classes=(3, 5), accepted_ms=now_ms())
    counted = words(await private_desk.pages.classes())
    title, hint = counted.splitlines()
    assert title == SAY("classes-title", days=30, count=1)
    assert "несколькими темами" in hint


async def test_a_list_shows_no_class_of_an_undecided_answer(
    private_desk: PrivateDesk,
) -> None:
    desk = private_desk
    await desk.review("Раз", classes=(3,), confidence=Confidence.PERSON)
    guess = await desk.review("Раз", classes=(5,))
    checked = await desk.review("Раз", classes=(5,), confidence=Confidence.PERSON)
    await desk.says(OLGA, checked, 8)
    shown = words(await desk.pages.found("раз"))
    assert TAXONOMY.title(3, "ru") not in shown
    assert f"№ {guess.number} · 2 из 6 · {TAXONOMY.title(5, 'ru')}" in shown
    assert f"№ {checked.number} · 2 из 6 · {TAXONOMY.title(8, 'ru')}" in shown


async def test_many_classes_are_split_into_pages(private_desk: PrivateDesk) -> None:
    desk = private_desk
    for class_id in TAXONOMY.ids[:23]:
        await desk.review(classes=(class_id,), accepted_ms=now_ms())
    first, second = await desk.pages.classes(), await desk.pages.classes(1)
    assert len(taps(first)) == 21
    assert taps(first)[-1] == (DeskButton.CLASS_LIST, 1, None)
    assert len(taps(second)) == 4
    assert taps(second)[-1] == (DeskButton.CLASS_LIST, 0, None)


async def test_mine_lists_taken_cases_and_cases_with_an_answer_to_the_moderator(
    private_desk: PrivateDesk,
) -> None:
    desk = private_desk
    taken, answered, others, closed = [await desk.review(f"отзыв {n}") for n in range(4)]
    for review in (taken, closed):
        await desk.acts(OLGA, review, Act.TAKE)
    await desk.acts(OLGA, closed, Act.CLOSE)
    await desk.acts(BORIS, others, Act.TAKE)
    await _reply(desk, OLGA, answered.number)
    await desk.acts(OLGA, answered, Act.REPLY)
    await desk.acts(0, answered, Act.CUSTOMER_SPOKE)

    mine = await desk.pages.mine(OLGA)
    assert mine.numbers == (answered.number, taken.number)
    assert "❗ Ждут вашего ответа: 1" in words(mine)
    assert "🙋 Взяты вами: 1" in words(mine)
    assert words(await desk.pages.mine(99)) == SAY("mine-none")
    assert (await desk.pages.mine(BORIS)).numbers == (others.number,)


async def _reply(desk: PrivateDesk, by_id: int, number: int) -> None:
    reply = NewMessage(number, Direction.OUT, MessageKind.TEXT, "Да", by_id, desk.source(), 5)
    dialogue = Dialogue(desk.engine, SEAL)
    stored = await dialogue.add(reply)
    assert stored is not None
    await dialogue.change(stored.id, start=[SendState.HELD], state=SendState.SENT)


async def test_a_list_is_recorded_with_the_reviews_that_it_shows(
    private_desk: PrivateDesk, telegram: Telegram
) -> None:
    desk = private_desk
    first, second = await desk.review("раз"), await desk.review("два")
    await desk.lists.send(OLGA, await desk.pages.found("раз"))
    message_id = 1000 + len(telegram.calls)
    assert await desk.messages.shown(OLGA, message_id) == {first.number}
    await desk.lists.turn(OLGA, message_id, await desk.pages.found("два"))
    assert await desk.messages.shown(OLGA, message_id) == {second.number}
    await desk.lists.turn(OLGA, message_id, await desk.pages.classes())
    assert await desk.messages.shown(OLGA, message_id) == set()


async def test_a_list_whose_review_is_erased_during_sending_is_replaced_by_a_notice(
    private_desk: PrivateDesk, telegram: Telegram
) -> None:
    desk = private_desk
    await desk.review("секрет", user_id=600)
    page = await desk.pages.found("секрет")
    await PersonalData(desk.engine).erase(600)
    await desk.lists.send(OLGA, page)

    assert "секрет" in telegram.said(SendMessage)[0].text
    [edit] = telegram.said(EditMessageText)
    assert (edit.text, edit.reply_markup) == (SAY("list-removed"), None)
