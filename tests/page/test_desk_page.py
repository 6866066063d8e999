"""The moderators' desk in a browser: a card is corrected in a moderator's private chat."""

import asyncio

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import expect

from sandbox.stack import Stack
from sandbox.telegram import acts, ephemerals
from sandbox.telegram.chat import Chat
from sandbox.telegram.formatting import fix
from sandbox.telegram.keyboard import Button
from sandbox.telegram.message import Content
from sandbox.telegram.user import User
from sandbox.telegram.world import MODERATORS_CHAT_ID
from tests.page.conftest import DESKTOP, PHONE, Keep, Visit
from tests.page.test_page import ENGLISH, RUSSIAN, sends_review, taps, writes
from triage.review import Language

# A card is edited at most every five seconds, and later on a busy machine.
SLOW_MS = 60_000

# In one event loop, because they share a browser.
pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(280),
    pytest.mark.asyncio(loop_scope="session"),
]


class TestRussian:
    @pytest.fixture
    def group_language(self) -> Language:
        return "ru"

    async def test_a_card_is_corrected_on_a_desktop(self, visit: Visit, keep: Keep) -> None:
        page = await visit(DESKTOP, "light")
        await page.click("#hint-close")
        await sends_review(page, RUSSIAN, "Ждали заказ два часа, и цены снова выросли")
        await taps(page, "Беру", "#group")
        await expect(page.locator("#group .messages")).to_contain_text(
            "Занимается", timeout=SLOW_MS
        )
        await keep(page, "desk-card-ru")

        await taps(page, "Исправить", "#group")
        chat = page.locator("#customer .messages")
        await expect(chat).to_contain_text("Выбрано:", timeout=SLOW_MS)
        await keep(page, "desk-panel-ru")
        await page.locator("#customer .key", has_text="☐").first.click()
        await taps(page, "Готово")
        await expect(chat).to_contain_text("Сохранено:", timeout=SLOW_MS)
        await expect(page.locator("#group .messages")).to_contain_text(
            "Проверил человек", timeout=SLOW_MS
        )
        await keep(page, "desk-saved-ru")
        found = await Axe().run(page)
        assert found.violations_count == 0, found.generate_report()


async def test_a_card_is_corrected_on_a_phone_in_english(visit: Visit, keep: Keep) -> None:
    page = await visit(PHONE, "dark")
    await page.click("#hint-close")
    await sends_review(page, ENGLISH, "Waited two hours and nobody called")
    await page.click('.tabs button[data-show="group"]')
    await keep(page, "desk-card-phone")
    await taps(page, "Fix", "#group")
    chat = page.locator("#customer .messages")
    await expect(chat).to_contain_text("Nothing is chosen yet", timeout=SLOW_MS)
    await keep(page, "desk-panel-phone")
    await page.locator("#customer .key", has_text="💡").click()
    await expect(chat).to_contain_text("Chosen:", timeout=SLOW_MS)
    await taps(page, "Done")
    await expect(chat).to_contain_text("Saved:", timeout=SLOW_MS)
    width = await page.evaluate("document.documentElement.scrollWidth")
    assert width <= PHONE[0], f"the page is {width} px wide on a phone"
    found = await Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


async def test_an_anonymous_admin_can_reply_and_the_clock_can_be_advanced(
    visit: Visit, stack: Stack
) -> None:
    page = await visit(DESKTOP, "light")
    await page.click("#hint-close")
    acts.say(stack.world, *moderator(stack), "Who takes No. 1?")
    question = page.locator("#group .message", has_text="Who takes No. 1?")
    await page.locator("#group .role select").select_option("anonymous")
    await question.hover()
    await question.locator(".reply-key").click()
    await expect(page.locator("#group .replying")).to_contain_text("Who takes No. 1?")
    await writes(page, "I do", "#group")
    answer = page.locator("#group .message.mine", has_text="I do")
    await expect(answer.locator(".reply")).to_have_text("Who takes No. 1?")
    await expect(page.locator("#group .replying")).to_be_hidden()
    _, group = moderator(stack)
    assert "sender_chat" in list(group.messages.values())[-1].extra

    await page.click("#clock-button")
    await page.locator("#panel button", has_text="4 hours").click()
    await expect(page.locator("#panel")).to_contain_text("In this chat it is")
    async with asyncio.timeout(SLOW_MS / 1000):
        while stack.world.moved_s != 4 * 3600:
            await asyncio.sleep(0.02)
    found = await Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def moderator(stack: Stack) -> tuple[User, Chat]:
    """Return the second moderator and the group."""
    group = stack.world.chats[MODERATORS_CHAT_ID]
    return list(group.members.values())[1], group


async def test_topics_and_ephemeral_messages_work_on_the_page(visit: Visit, stack: Stack) -> None:
    page, (person, group) = await visit(DESKTOP, "light"), moderator(stack)
    await page.click("#hint-close")
    topic = page.locator("#group .topic select")
    await topic.select_option(label="+ new topic")
    await expect(page.locator("#group .service", has_text="was created")).to_be_visible()
    await writes(page, "Deliveries go here", "#group")
    await expect(page.locator("#group .message", has_text="Deliveries")).to_be_visible()
    await topic.select_option(label="# General")
    await expect(page.locator("#group .message", has_text="Deliveries")).to_have_count(0)
    await topic.select_option(label="all topics")
    await expect(page.locator("#group .topic-name")).to_have_text("# Topic 1")

    await page.locator("#group .person select").select_option(label=person.first_name)
    data = "m:D:1:0"
    buttons = ((Button("Done", data, {"text": "Done", "callback_data": data}),),)
    words = Content(fix("Chosen: late"), None, buttons)
    shown = ephemerals.send(stack.world, group, person, words)
    mine = page.locator("#group .ephemeral", has_text="Chosen: late")
    await expect(mine).to_contain_text("Only you see this message")
    await mine.hover()
    await mine.locator(".reply-key").click()
    await writes(page, "courier", "#group")
    answers = page.locator("#group .ephemeral.mine", has_text="courier")
    await expect(answers).to_have_count(1)
    assert "courier" not in [message.text for message in group.messages.values()]
    await mine.locator(".key").click()
    await expect(page.locator("#alert p")).not_to_be_empty()
    ephemerals.delete(stack.world, group, shown)
    await expect(mine).to_have_count(0)
