"""The demo with its real bot, in a browser: the system's Chromium; without one these tests are skipped."""

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect
from rich.console import Console

from sandbox.demo.stage import Stage, first_digest, opened
from sandbox.loopback import served
from sandbox.page.server import page as page_of

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
NONE_HERE = "no Chromium here: on Debian, apt-get install chromium"
PATIENCE_MS = 60_000
expect.set_options(timeout=PATIENCE_MS)


@dataclass(frozen=True)
class Demo:
    """The running demo, and where its page is."""

    stage: Stage
    url: str


Look = Callable[..., Awaitable[Page]]
"""Opens a browser's window of its own: at this address; further arguments are the window's."""


@pytest.fixture(scope="module")
async def demo() -> AsyncIterator[Demo]:
    """One for all tests of a module, so each minds its own cards."""
    if CHROMIUM is None:
        pytest.skip(NONE_HERE)
    async with opened(llm=False, console=Console(quiet=True)) as stage, served(page_of(stage)) as url:
        await first_digest(stage)
        yield Demo(stage, url)
        assert stage.slack.rejections == [], "Slack would have refused this"


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    if CHROMIUM is None:
        pytest.skip(NONE_HERE)
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield launched
        await launched.close()


@pytest.fixture
async def look(demo: Demo, browser: Browser) -> AsyncIterator[Look]:
    for person in demo.stage.slack.workspace.people:
        while demo.stage.slack.person(person).view:  # whatever the test before left open
            await demo.stage.slack.person(person).close()
    troubles: list[str] = []

    async def opened_page(query: str = "", **window: object) -> Page:
        context = await browser.new_context(**{"viewport": {"width": 1280, "height": 860}, **window})  # type: ignore[arg-type]
        context.set_default_timeout(PATIENCE_MS)
        page = await context.new_page()
        page.on("pageerror", lambda error: troubles.append(str(error)))
        await page.goto(f"{demo.url}/?{query}")
        return page

    yield opened_page
    for context in browser.contexts:
        for page in context.pages:
            await expect(page.locator(".unknown")).to_have_count(0)  # a block that isn't drawn
        await context.close()
    assert troubles == [], "the page's own script failed"
