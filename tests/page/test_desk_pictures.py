"""The pictures of docs/moderating.md and its Russian version: a card, its panel, a reply."""

from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.page.conftest import Keep, Visit
from tests.page.test_page import RUSSIAN, sends_review, taps, writes
from triage.review import Language

# A card is edited at most every five seconds, and later on a busy machine.
SLOW_MS = 60_000

# High enough for a whole panel; the reply needs less.
SIZE = (1280, 1300)
LOW = {"width": 1280, "height": 760}

# In one event loop, because they share a browser.
pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(280),
    pytest.mark.asyncio(loop_scope="session"),
]


async def undisturbed(page: Page) -> None:
    """Wait until no toast covers a chat, and take the pointer off the buttons."""
    await page.mouse.move(0, 0)
    await expect(page.locator(".toast")).to_have_count(0)


async def taken(page: Page, keep: Keep, words: dict[str, str], name: str) -> None:
    """Take the three pictures from a card in the group to the reply below it."""
    group, chat = page.locator("#group .messages"), page.locator("#customer .messages")
    card = page.locator("#group .message", has_text=words["card"]).first
    await expect(card.locator("img")).to_be_visible(timeout=SLOW_MS)
    await taps(page, words["take"], "#group")
    await expect(card).to_contain_text(words["taken"], timeout=SLOW_MS)
    await undisturbed(page)
    await keep(card, f"desk-card-{name}")

    await taps(page, words["fix"], "#group")
    panel = page.locator("#customer .message", has_text=words["chosen"]).last
    await expect(panel).to_be_visible(timeout=SLOW_MS)
    chosen = panel.locator(".key", has_text="☑")
    count = await chosen.count()
    await panel.locator(".key", has_text="☐").first.click()
    await expect(chosen).to_have_count(count + 1, timeout=SLOW_MS)
    await undisturbed(page)
    await keep(panel, f"desk-panel-{name}")
    await panel.locator(".key", has_text=words["done"]).click()
    await expect(chat).to_contain_text(words["saved"], timeout=SLOW_MS)
    await expect(card).to_contain_text(words["checked"], timeout=SLOW_MS)

    await undisturbed(page)
    await page.set_viewport_size(LOW)
    await card.hover()
    await card.locator(".reply-key").click()
    await writes(page, words["answer"], "#group")
    await expect(group).to_contain_text(words["held"], timeout=SLOW_MS)
    await group.evaluate("list => list.scrollTop = list.scrollHeight")
    await keep(page.locator("#group"), f"desk-reply-{name}")
    await expect(group).to_contain_text(words["sent"], timeout=SLOW_MS)


class TestRussianDesk:
    @pytest.fixture
    def group_language(self) -> Language:
        return "ru"

    async def test_the_pictures_of_the_desk(self, visit: Visit, keep: Keep) -> None:
        page = await visit(SIZE, "light")
        await page.click("#hint-close")
        await sends_review(page, RUSSIAN, "Ждали заказ два часа, и цены снова выросли")
        words = {
            "card": "№ 1 ·",
            "take": "Беру",
            "taken": "Занимается",
            "fix": "Исправить",
            "chosen": "Выбрано:",
            "done": "Готово",
            "saved": "Сохранено:",
            "checked": "Проверил человек",
            "answer": "Простите нас: курьер заблудился. Деньги за доставку вернём.",
            "held": "Уйдёт автору",
            "sent": "Доставлено",
        }
        await taken(page, keep, words, "ru")


class TestEnglishDesk:
    @pytest.fixture
    def taxonomy_file(self) -> Path:
        return Path("examples/cafe/taxonomy.json")

    async def test_the_pictures_of_the_desk(self, visit: Visit, keep: Keep) -> None:
        page = await visit(SIZE, "light")
        await page.click("#hint-close")
        await writes(page, "/start")
        for key in ("😕 2", "Drinks", "Prices", "Done"):
            await taps(page, key)
        await expect(page.locator("#customer .messages")).to_contain_text("Write your review")
        await writes(page, "Six euros, and my cappuccino was cold and bitter")
        await taps(page, "Send")
        words = {
            "card": "No. 1 ·",
            "take": "Take",
            "taken": "is on it",
            "fix": "Fix",
            "chosen": "Chosen:",
            "done": "Done",
            "saved": "Saved:",
            "checked": "Checked by",
            "answer": "We are sorry. Your next cappuccino is on us.",
            "held": "of No. 1 in",
            "sent": "Delivered",
        }
        await taken(page, keep, words, "en")
