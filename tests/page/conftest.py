"""The page in a real Chromium, in front of the unchanged bot and worker."""

import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from sandbox.demo import model_next_to, populate
from sandbox.stack import Stack, running
from triage.review import Language
from triage.taxonomy import DEFAULT_TAXONOMY, load_taxonomy

NO_BROWSER = "NO BROWSER: install Debian's chromium or name one in CHROMIUM; no page is tested"

FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync")

DESKTOP, PHONE = (1280, 800), (390, 844)

# How a visitor comes: how wide, how dark.
Visit = Callable[..., Awaitable[Page]]

# How to keep a screenshot under a name.
Keep = Callable[[Page, str], Awaitable[None]]


@pytest.fixture(scope="session")
def chromium() -> str:
    """Return the path of a Chromium; skip loudly without one, fail on a build machine."""
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chrome")
    if found is None and os.environ.get("CI"):
        pytest.fail(NO_BROWSER)
    return found or pytest.skip(NO_BROWSER)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser(chromium: str) -> AsyncIterator[Browser]:
    """Yield a browser that all tests of this process share; each visit has a profile of its own."""
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=chromium, args=[*FLAGS])
        yield started
        await started.close()


@pytest.fixture
def group_language() -> Language:
    return "en"


@pytest.fixture
def taxonomy_file() -> Path:
    return DEFAULT_TAXONOMY


@pytest_asyncio.fixture(loop_scope="session")
async def stack(
    tmp_path: Path, group_language: Language, taxonomy_file: Path
) -> AsyncIterator[Stack]:
    """Yield the product with its first people, as `make demo` shows it."""
    async with running(
        tmp_path,
        language=group_language,
        taxonomy_file=taxonomy_file,
        model=model_next_to(taxonomy_file),
    ) as stack:
        populate(stack.world, load_taxonomy(taxonomy_file), group_language)
        yield stack


@pytest_asyncio.fixture(loop_scope="session")
async def visit(browser: Browser, stack: Stack) -> AsyncIterator[Visit]:
    """Return how to open the page; an error in its scripts fails the test."""
    errors: list[str] = []
    contexts: list[BrowserContext] = []

    async def open_page(size: tuple[int, int] = DESKTOP, scheme: str = "light") -> Page:
        width, height = size
        context = await browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme
        )
        contexts.append(context)
        page = await context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.set_default_timeout(15_000)
        await page.goto(stack.server.url)
        await page.wait_for_function("document.querySelectorAll('.head option').length > 2")
        return page

    yield open_page
    for context in contexts:
        await context.close()
    assert not errors


@pytest.fixture
def keep(request: pytest.FixtureRequest) -> Keep:
    """Return how to keep a screenshot, in SCREENSHOTS or else below build/."""
    folder = Path(os.environ.get("SCREENSHOTS", request.config.rootpath / "build" / "screenshots"))
    folder.mkdir(parents=True, exist_ok=True)

    async def save(page: Page, name: str) -> None:
        await page.screenshot(path=folder / f"{name}.png")

    return save
