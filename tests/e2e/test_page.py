"""What people do in the demo's page, done by a browser; the real bot answers over the wire.

All tests share one demo; each minds cards of its own.
"""

import re

import aiohttp
import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Locator, Page, expect

from e2e.conftest import Demo, Look

ANA, BEN, CHI = "as=U0ANA", "as=U0BEN", "as=U0CHI"
MOST_TABS = 120
pytestmark = pytest.mark.timeout(400)  # the first waits for the demo, on whatever machine this is


def digest(page: Page) -> Locator:
    return page.locator("#messages .message", has=page.locator("h3")).first


def under(page: Page, words: str, button: str) -> Locator:
    """A button of the digest's card that begins so."""
    row = digest(page).locator(".block.section", has_text=words).first
    return row.locator("xpath=following-sibling::*[1]").get_by_role("button", name=button)


async def send(page: Page) -> None:
    """Submits the dialog; what it says then stays open."""
    submit = page.locator("dialog footer .primary")
    await submit.click()
    await expect(submit).to_have_count(0)


async def close(page: Page) -> None:
    await page.keyboard.press("Escape")
    await expect(page.locator("dialog")).to_have_count(0)


async def all_decisions(page: Page) -> Locator:
    """The digest's thread, in which those stand that it has no room for."""
    more = digest(page).get_by_role("button", name=re.compile("Show . more"))
    if await more.count():
        await more.click()
        await expect(more).to_have_count(0)  # only then the bot has noted where they stand
    await page.locator(".replies").first.click()
    return page.locator("#thread")


async def enabled(demo: Demo, provider: str, model: str) -> bool:
    found = await demo.stage.database["models"].find_one({"provider": provider, "model_id": model})
    assert found is not None
    return bool(found["enabled"])


async def test_ana_approves_after_a_preview_and_what_she_unticks_stays(demo: Demo, look: Look) -> None:
    page = await look(f"{ANA}&behind=journal")
    await under(page, "Disable 3 bedrock", "Approve").click()
    boxes = page.locator("dialog .choice")
    await expect(boxes).to_have_count(3)
    names = [(await box.locator("span").inner_text()).split("\n")[0] for box in await boxes.all()]
    await boxes.first.locator("input").uncheck()
    await page.locator("dialog [name=note]").fill("contract until March")
    await send(page)
    await expect(digest(page)).to_contain_text("2 bedrock models disabled")
    await expect(digest(page)).to_contain_text(f"Kept: {names[0]}")
    assert [await enabled(demo, "bedrock", name) for name in names] == [True, False, False]
    await expect(page.locator("#behind")).to_contain_text("“contract until March”")


async def test_ben_rejects_with_a_reason_and_reopens_it(look: Look) -> None:
    page = await look(BEN)
    await under(page, "Disable 2 fireworks", "Reject").click()
    await page.locator("dialog [name=note]").fill("moves to dedicated")
    await send(page)
    await expect(digest(page)).to_contain_text("moves to dedicated")
    await close(page)
    await digest(page).get_by_role("button", name="Reopen").click()
    await expect(under(page, "Disable 2 fireworks", "Approve")).to_be_visible()


async def test_undo_leaves_alone_what_somebody_changed_since(demo: Demo, look: Look) -> None:
    page = await look(ANA)
    done = await demo.stage.database["operator_journal"].find_one({"actor": "policy", "provider": "groq"})
    assert done is not None
    changed, other = (change["ref"] for change in done["changes"][:2])
    mine = {"$set": {"disabled_reason": "ours to say"}}
    await demo.stage.database["models"].update_one(changed, mine)
    await under(page, "4 groq", "Undo").click()
    await expect(page.locator("dialog .choice")).to_have_count(4)
    await send(page)
    await expect(page.locator("dialog")).to_contain_text("outside this bot")
    assert not await enabled(demo, **mine_of(changed))
    assert await enabled(demo, **mine_of(other))


def mine_of(ref: dict[str, str]) -> dict[str, str]:
    return {"provider": ref["provider"], "model": ref["model_id"]}


async def test_a_stranger_is_refused_and_a_completed_command_shows_cards(look: Look) -> None:
    page = await look(CHI)
    await under(page, "4 fireworks", "Undo").click()
    own = page.locator(".message.own")
    await expect(own.last).to_contain_text("Nothing changed. @Ana Ruiz or @Ben Okafor can")
    await page.locator("#text").press_sequentially("/operator pend")
    await expect(page.locator("#commands li:visible")).to_have_count(1)
    await page.keyboard.press("Tab")
    await expect(page.locator("#text")).to_have_value("/operator pending")
    await page.keyboard.press("Enter")
    await expect(own.last.get_by_role("button", name=re.compile("^Approve")).first).to_be_visible()


async def test_ana_reviews_the_new_models_and_adds_one(demo: Demo, look: Look) -> None:
    page = await look(f"{ANA}&behind=documents")
    before = await demo.stage.database["models"].count_documents({})
    await digest(page).get_by_role("button", name="Review…").click()
    await page.locator("dialog .choice", has_text="Add").locator("input[type=radio]").check()
    choice = page.locator("dialog .choice", has=page.locator("input[type=checkbox]")).first
    provider, model = (await choice.locator("span").inner_text()).split("\n")[0].split(": ")
    await choice.locator("input").check()
    await send(page)
    await expect(page.locator("#behind")).to_contain_text(f"{provider} / {model}")
    assert await demo.stage.database["models"].count_documents({}) == before + 1
    assert await enabled(demo, provider, model)


async def test_two_approve_one_card_and_the_bot_is_killed_meanwhile_it_happens_once(
    demo: Demo, look: Look
) -> None:
    ana, ben = await look(ANA), await look(BEN)
    threads = [await all_decisions(ana), await all_decisions(ben)]
    for thread in threads:
        await expect(thread).to_contain_text("gpt-4.1-nano on openai?")
    buttons = [thread.get_by_role("button", name="Approve: disable", exact=True) for thread in threads]
    heard = len(demo.stage.slack.outcomes)
    await buttons[0].click(no_wait_after=True)
    await demo.stage.slack.until(lambda: len(demo.stage.slack.outcomes) > heard)
    await demo.stage.bot.kill()
    await demo.stage.bot.start()
    await demo.stage.slack.connected()
    if await buttons[1].is_visible():
        await buttons[1].click(no_wait_after=True)
    for thread in threads:
        await expect(thread).to_contain_text("gpt-4.1-nano on openai disabled")
    made = (
        await demo.stage.database["operator_journal"].find({"changes.ref.model_id": "gpt-4.1-nano"}).to_list()
    )
    assert [entry["state"] for entry in made] == ["closed"]


async def test_everything_can_be_done_by_keyboard(demo: Demo, look: Look) -> None:
    page = await look(BEN)
    await expect(digest(page)).to_be_visible()
    if await digest(page).get_by_role("button", name=re.compile("Show . more")).count():
        await press(page, "Show")
        await expect(digest(page).get_by_role("button", name=re.compile("Show . more"))).to_have_count(0)
    await press(page, "repl")
    await expect(page.locator("#thread")).to_contain_text("Rename on openai?")
    await press(page, "Approve: rename")
    done = page.locator("#thread .section", has_text="✅").filter(has_text="gpt-4.5")
    await expect(done).to_be_visible()
    assert not await enabled(demo, "openai", "gpt-4.5-preview")
    await press(page, "More actions", "#messages")
    await press(page, "Details")
    await expect(page.locator("dialog")).to_be_visible()
    await close(page)


async def press(page: Page, words: str, within: str = "body") -> None:
    """Tabs to what is called so, and presses it."""
    for _ in range(MOST_TABS):
        await page.keyboard.press("Tab")
        at = page.locator(f"{within} :focus")
        if await at.count() and words in (await at.get_attribute("aria-label") or await at.inner_text()):
            await page.keyboard.press("Enter")
            return
    raise AssertionError(f"nothing that is called {words} can be reached by keyboard")


@pytest.mark.parametrize(
    "headers", [{"Origin": "http://elsewhere.example"}, {"Host": "elsewhere.example"}, {"Origin": "null"}]
)
async def test_no_other_page_may_act_here_or_read(demo: Demo, headers: dict[str, str]) -> None:
    act = {"as": "U0ANA", "do": "say", "channel": "C0OPS", "text": "/operator pause"}
    async with aiohttp.ClientSession() as session:
        async with session.post(f"{demo.url}/act", json=act, headers=headers) as refused:
            assert refused.status == 403
        async with session.get(demo.url, headers=headers) as refused:
            assert refused.status == 403


async def test_on_a_phone_nothing_sticks_out(look: Look) -> None:
    page = await look(ANA, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    await expect(digest(page)).to_be_visible()
    for to in ("", "&at=home", "&behind=world", "&behind=runs"):
        await page.goto(f"{page.url.split('?')[0]}?{ANA}{to}")
        assert await page.evaluate("document.scrollingElement.scrollWidth") <= 390, to
    await page.goto(f"{page.url.split('?')[0]}?{ANA}")
    await under(page, "4 fireworks", "Undo").tap()
    await expect(page.locator("dialog .choice")).to_have_count(4)
    box = await page.locator("dialog").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390


async def test_axe_finds_nothing_serious(look: Look) -> None:
    for scheme in ("light", "dark"):
        page = await look(ANA, color_scheme=scheme)
        await expect(digest(page)).to_be_visible()
        for to in ("", "&at=home", "&behind=world", "&behind=journal", "&behind=runs"):
            await page.goto(f"{page.url.split('?')[0]}?{ANA}{to}")
            await nothing_serious(page, f"{scheme}{to}")
        await page.goto(f"{page.url.split('?')[0]}?{ANA}")
        await under(page, "4 fireworks", "Undo").click()
        await expect(page.locator("dialog .choice").first).to_be_visible()
        await nothing_serious(page, f"{scheme}, a dialog")
        await close(page)


async def nothing_serious(page: Page, where: str) -> None:
    found = (await Axe().run(page)).response["violations"]
    grave = [one for one in found if one["impact"] in ("serious", "critical")]
    told = [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in grave]
    assert told == [], where


async def test_the_world_moves_when_it_is_told_to(demo: Demo, look: Look) -> None:
    page = await look(f"{BEN}&behind=world")
    await move(page, "A provider runs out of credit")
    await expect(page.locator("#messages")).to_contain_text("deepinfra is out of credit")
    await move(page, "Kill the bot")
    await move(page, "It all recovers")
    await expect(page.locator("#messages")).to_contain_text("deepinfra answers again")
    await move(page, "Next morning")
    await expect(page.locator("#messages .message", has=page.locator("h3"))).to_have_count(2)
    await expect(page.locator("#messages")).not_to_contain_text("looks dead")


async def move(page: Page, words: str) -> None:
    """Presses the button, and waits until the world stands still again."""
    await page.get_by_role("button", name=words).click()
    await expect(page.locator(".doing")).not_to_contain_text("stands still")
    await expect(page.locator(".doing")).to_contain_text("stands still")
