"""Each block and element that the bot uses, as a browser draws it: in light and in dark."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from e2e.drawing import BOXES, LINE, RADIOS, SAMPLES, Json, button, html, mrkdwn, plain, question

Draws = Callable[..., Awaitable[Page]]
WHITE = "rgb(255, 255, 255)"
HOSTILE = '<img src=x onerror=alert(1)> <script>alert(1)</script> "><b>bold</b>'


@pytest.fixture(params=["light", "dark"])
async def draws(browser: Browser, request: pytest.FixtureRequest) -> AsyncIterator[Draws]:
    context = await browser.new_context(color_scheme=request.param, viewport={"width": 720, "height": 500})
    page = await context.new_page()

    async def drawn(*blocks: Json, **more: Json) -> Page:
        await page.set_content(html(*blocks, **more))
        await expect(page.locator(".unknown")).to_have_count(0)
        return page

    yield drawn
    await context.close()


async def style(where: Locator, name: str) -> str:
    return str(await where.evaluate(f"one => getComputedStyle(one)['{name}']"))


async def test_header_is_large_and_heavy_and_has_no_markup(draws: Draws) -> None:
    page = await draws({"type": "header", "text": plain("*3* decisions :eyes:")})
    heading = page.locator("h3")
    await expect(heading).to_have_text("*3* decisions 👀")
    assert (await style(heading, "fontSize"), await style(heading, "fontWeight")) == ("18px", "900")


async def test_section_draws_all_markup(draws: Draws) -> None:
    page = await draws(SAMPLES["section"])
    for tag, words in {"strong": "Disable 6 bedrock models?", "em": "end of life", "s": "maybe"}.items():
        await expect(page.locator(tag)).to_have_text(words)
    await expect(page.locator("code")).to_have_text("claude-v2")
    await expect(page.locator("blockquote")).to_have_text("reached its end of life")
    assert await style(page.locator("blockquote"), "borderLeftWidth") == "4px"
    await expect(page.locator(".mention")).to_have_text("@Ana Ruiz")
    await expect(page.locator("a")).to_have_attribute("href", "https://example.com/deprecations")
    await expect(page.locator(".text")).to_contain_text("👀")


@pytest.mark.parametrize("sample", ["section and button", "section and menu"])
async def test_an_accessory_stands_right_of_its_text(draws: Draws, sample: str) -> None:
    page = await draws(SAMPLES[sample])
    text, beside = [await page.locator(one).bounding_box() for one in (".text", ".accessory .button")]
    assert text is not None
    assert beside is not None
    assert beside["x"] >= text["x"] + text["width"]
    assert abs(beside["y"] - text["y"]) < 12


async def test_context_is_small_and_dim_and_in_one_line(draws: Draws) -> None:
    page = await draws(SAMPLES["context"], SAMPLES["section"])
    parts = page.locator(".context span")
    assert await style(parts.first, "fontSize") == "13px"
    assert await style(parts.first, "color") != await style(page.locator(".text"), "color")
    tops = [box["y"] for one in await parts.all() if (box := await one.bounding_box())]
    assert len(set(tops)) == 1


async def test_divider_is_a_line_over_the_whole_width(draws: Draws) -> None:
    page = await draws(SAMPLES["divider"])
    box = await page.locator("hr").bounding_box()
    assert box is not None
    assert box["width"] > 600
    assert await style(page.locator("hr"), "borderTopWidth") == "1px"


async def test_actions_stand_in_a_row_and_buttons_have_their_styles(draws: Draws) -> None:
    page = await draws(SAMPLES["actions"])
    buttons = page.locator(".actions > button")
    tops = [box["y"] for one in await buttons.all() if (box := await one.bounding_box())]
    assert len(tops) == 3
    assert max(tops) - min(tops) < 1
    colours = [await style(one, "backgroundColor") for one in await buttons.all()]
    assert len(set(colours)) == 3
    assert await style(page.get_by_text("Approve"), "color") == WHITE


async def test_a_button_may_be_for_some_only(draws: Draws) -> None:
    mine, others = (
        button("Mine", visible_to_user_ids=["U0ANA"]),
        button("Others'", visible_to_user_ids=["U0B"]),
    )
    page = await draws({"type": "actions", "elements": [mine, others]})
    await expect(page.locator("button")).to_have_text(["Mine"])


async def test_an_overflow_menu_opens_and_shows_its_options(draws: Draws) -> None:
    page = await draws(SAMPLES["actions"])
    options = page.locator(".options button")
    await expect(options.first).to_be_hidden()
    await page.get_by_role("button", name="More actions").click()
    await expect(options).to_have_text(["Later: tomorrow's digest", "Details"])
    await expect(options.last).to_have_attribute("value", "details")


async def test_checkboxes_have_descriptions_and_keep_what_was_ticked(draws: Draws) -> None:
    values = {"asked": {"tick.0": {"type": "checkboxes", "selected_options": BOXES["options"][:1]}}}
    page = await draws(SAMPLES["checkboxes"], values=values)
    await expect(page.locator("legend")).to_have_text("Untick what should stay (optional)")
    await expect(page.get_by_label("anthropic.claude-v2")).to_be_checked()
    await expect(page.get_by_label("meta.llama2-70b-chat-v1")).not_to_be_checked()
    await expect(page.locator("small").first).to_have_text("3 other providers keep it")


async def test_of_radio_buttons_one_is_chosen(draws: Draws) -> None:
    values = {"asked": {"choice": {"type": "radio_buttons", "selected_option": RADIOS["options"][0]}}}
    page = await draws(SAMPLES["radio buttons"], values=values)
    await page.get_by_label("Right, but keep it").check()
    await expect(page.get_by_label("Wrong")).not_to_be_checked()


async def test_a_text_has_a_label_a_limit_and_its_error(draws: Draws) -> None:
    page = await draws(SAMPLES["text"], errors={"asked": "Say why."})
    await expect(page.get_by_label("Note for the record (optional)")).to_have_attribute("maxlength", "500")
    await expect(page.get_by_role("alert")).to_have_text("Say why.")
    page = await draws(question("Reason", LINE | {"multiline": True}))
    assert await page.get_by_label("Reason").evaluate("one => one.tagName") == "TEXTAREA"


@pytest.mark.parametrize("sample", [name for name in SAMPLES if name != "divider"])
async def test_text_from_outside_stays_text(draws: Draws, sample: str) -> None:
    page = await draws(hostile(SAMPLES[sample]))
    await expect(page.locator("main")).to_contain_text("<script>alert(1)</script>")
    await expect(page.locator("main :is(img, script, b)")).to_have_count(0)


def hostile(block: Json) -> Json:
    """The same block, in which each text is an attack."""
    escaped = HOSTILE.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    if block.get("type") in ("plain_text", "mrkdwn"):
        return plain(HOSTILE) if block["type"] == "plain_text" else mrkdwn(escaped)
    return {
        key: hostile(value)
        if isinstance(value, dict)
        else [hostile(one) for one in value]
        if isinstance(value, list)
        else value
        for key, value in block.items()
    }
