"""The page in a real Chromium, in front of the unchanged bot and worker."""

import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from io import BytesIO
from pathlib import Path

import pytest
import pytest_asyncio
from PIL import Image
from playwright.async_api import Browser, BrowserContext, Locator, Page, async_playwright

from sandbox.demo import model_next_to, populate
from sandbox.stack import Stack, running
from triage.review import Language
from triage.taxonomy import DEFAULT_TAXONOMY, load_taxonomy

NO_BROWSER = "NO BROWSER: install Debian's chromium or name one in CHROMIUM; no page is tested"

FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync")

DESKTOP, PHONE = (1280, 800), (390, 844)

# How a visitor comes: how wide, how dark.
Visit = Callable[..., Awaitable[Page]]

# How to keep a screenshot of a page, or of a part of one, under a name.
Keep = Callable[[Page | Locator, str], Awaitable[None]]

# A kept picture looks the same with as few colours, and its file is a third of the size. An octree
# keeps the colours of small signs.
COLOURS, BY_OCTREE = 256, Image.Quantize.FASTOCTREE


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
    tmp_path: Path, group_language: Language, taxonomy_file: Path, one_drawing_process: None
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

    async def save(shown: Page | Locator, name: str) -> None:
        taken = Image.open(BytesIO(await _png(shown))).convert("RGB")
        few = taken.quantize(COLOURS, method=BY_OCTREE, dither=Image.Dither.NONE)
        few.save(folder / f"{name}.png", optimize=True)

    return save


async def _png(shown: Page | Locator) -> bytes:
    """Return a screenshot; a message may be drawn anew while it is taken."""
    if isinstance(shown, Page):
        return await shown.screenshot()
    await shown.scroll_into_view_if_needed()
    box = await shown.bounding_box()
    assert box is not None, "it is visible"
    return await shown.page.screenshot(
        clip={"x": box["x"], "y": box["y"], "width": box["width"], "height": box["height"]}
    )
