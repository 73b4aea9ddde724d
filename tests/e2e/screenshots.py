"""`make screenshots`: the README's pictures, taken of the demo; the blocks beside another drawing of them."""

import asyncio
import json
import re
import shutil
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from typing import Literal

from PIL import Image
from playwright.async_api import Browser, Locator, Page, ViewportSize, async_playwright
from rich.console import Console

from e2e.conftest import CHROMIUM
from e2e.drawing import SAMPLES, html
from operator_core.errors import ConfigurationError
from sandbox.demo.stage import first_digest, opened
from sandbox.loopback import served
from sandbox.page.server import page as page_of

DESK, PHONE, HALF = (ViewportSize(width=w, height=h) for w, h in ((1280, 860), (390, 844), (640, 740)))
GAP = 24
BESIDE = Path(__file__).parent / "beside"
CONSOLE = Console()


async def take(folder: Path) -> None:
    """All pictures, into this folder."""
    if CHROMIUM is None:
        raise ConfigurationError("no Chromium here: on Debian, apt-get install chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        await blocks_beside(browser, folder)
        async with opened(llm=False, console=CONSOLE) as stage, served(page_of(stage)) as url:
            await first_digest(stage)
            await of_the_demo(browser, url, folder)
        await browser.close()


async def of_the_demo(browser: Browser, url: str, folder: Path) -> None:
    phone = await window(browser, f"{url}/?as=U0ANA", PHONE, dark=True)
    await phone.screenshot(path=folder / "phone.png")
    page = await window(browser, f"{url}/?as=U0ANA&behind=world", DESK)
    await page.screenshot(path=folder / "page.png")
    page = await window(browser, f"{url}/?as=U0ANA", DESK)
    digest = page.locator("#messages .message", has=page.locator("h3")).first
    life = [await card(page, digest, "Disable 3 bedrock")]
    await digest.get_by_role("button", name="Approve: disable 3").click()
    await page.locator("dialog .choice input").first.uncheck()
    await page.locator("dialog [name=note]").fill("contract until March")
    await page.locator("dialog").screenshot(path=folder / "consequences.png")
    await page.locator("dialog footer .primary").click()
    await said(page, digest, "2 bedrock models disabled")
    life.append(await card(page, digest, "2 bedrock models disabled"))
    await digest.get_by_role("button", name="Undo…").first.click()
    await page.locator("dialog [name=note]").fill("vendor says back Friday")
    await page.locator("dialog footer .primary").click()
    await said(page, digest, "taken back by")
    life.append(await card(page, digest, "taken back by"))
    stacked(life).save(folder / "card.png", optimize=True)


async def blocks_beside(browser: Browser, folder: Path) -> None:
    """Left the page's, right slack-blocks-to-jsx's. Says so where npm isn't at hand."""
    if not (node := shutil.which("node")) or not (npm := shutil.which("npm")):
        CONSOLE.print("No node and npm here: the blocks are not put beside another drawing of them.")
        return
    subprocess.run([npm, "ci", "--silent", "--prefix", str(BESIDE)], check=True)  # noqa: S603, ASYNC221 - our own
    given = json.dumps(list(SAMPLES.values()))
    for theme in ("light", "dark"):
        command = [node, str(BESIDE / "beside.mjs"), theme]
        other = subprocess.run(command, input=given, capture_output=True, text=True, check=True).stdout  # noqa: S603, ASYNC221 - our own
        pictures = []
        for drawn in (html(*SAMPLES.values()), other):
            page = await window(browser, "about:blank", HALF, dark=theme == "dark")
            await page.set_content(drawn)
            pictures.append(Image.open(BytesIO(await page.screenshot())))
        both = Image.new("RGB", (2 * HALF["width"], max(one.height for one in pictures)))
        for number, picture in enumerate(pictures):
            both.paste(picture, (number * HALF["width"], 0))
        both.save(folder / f"blocks-{theme}.png", optimize=True)


async def window(browser: Browser, url: str, size: ViewportSize, *, dark: bool = False) -> Page:
    scheme: Literal["dark", "light"] = "dark" if dark else "light"
    context = await browser.new_context(viewport=size, color_scheme=scheme, locale="en-GB")
    page = await context.new_page()
    await page.goto(url)
    if url != "about:blank":
        await page.locator("#messages h3").first.wait_for()
    return page


async def said(page: Page, digest: Locator, words: str) -> None:
    """The card says it, and no dialog is left."""
    await digest.get_by_text(re.compile(words)).first.wait_for()
    await page.locator("dialog footer .primary").wait_for(state="detached")
    await page.keyboard.press("Escape")
    await page.locator("dialog").wait_for(state="detached")


async def card(page: Page, digest: Locator, words: str) -> Image.Image:
    """A section and the buttons under it, if there are some."""
    await page.mouse.move(0, 0)
    section = digest.locator(".block.section", has_text=re.compile(words)).first
    await section.scroll_into_view_if_needed()
    upper = await section.bounding_box()
    buttons = section.locator("xpath=following-sibling::*[1][contains(@class, 'actions')]")
    lower = await buttons.bounding_box() if await buttons.count() else upper
    assert upper is not None, words
    assert lower is not None, words
    height = lower["y"] + lower["height"] - upper["y"]
    clip = {"x": upper["x"], "y": upper["y"], "width": upper["width"], "height": height}
    return Image.open(BytesIO(await page.screenshot(clip=clip)))  # type: ignore[arg-type]


def stacked(pictures: list[Image.Image]) -> Image.Image:
    """One below the other, with room between."""
    width = max(one.width for one in pictures) + 2 * GAP
    whole = Image.new("RGB", (width, sum(one.height + GAP for one in pictures) + GAP), "white")
    top = GAP
    for one in pictures:
        whole.paste(one, (GAP, top))
        top += one.height + GAP
    return whole


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    asyncio.run(take(target))
