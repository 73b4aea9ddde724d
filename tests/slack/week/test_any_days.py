"""At any platform, whatever the LLM says and people press: what is stated sums, is true, and stays short."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from pymongo import AsyncMongoClient

from bot.services import Services
from operator_core.domain.base import ModelRef
from operator_core.domain.mode import Mode
from sandbox.database import marked_database
from sandbox.slack import Message, slack_stand_in
from support.days.lives import Click, Command, Day, Life, digest_today, lives
from support.days.page import (
    changed_since,
    differences,
    done_by_people,
    lines_to_tap,
    named_beside,
    stated,
    taken_back,
    texts,
    words_before_more,
)
from support.world import ANA, CHI, Document, World, bot_at_work, now, shown_more

EXAMPLES, MOST_DAYS, MOST_CARDS = 4, 4, 30
WORDS, HELLO, LINES = 200, 100, 2 * 60
SECONDS_A_LIFE = 90.0


@pytest.mark.timeout(300)
@given(lives)
@settings(
    max_examples=EXAMPLES,
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_whatever_happens_the_page_sums_is_true_and_short(
    mongodb_uri: str, life: tuple[dict[ModelRef, str], list[Day], bool]
) -> None:
    platform, days, in_shadow = life
    asyncio.run(asyncio.wait_for(lived(mongodb_uri, platform, days, in_shadow), SECONDS_A_LIFE))


async def lived(uri: str, platform: dict[ModelRef, str], days: list[Day], in_shadow: bool) -> None:
    async with at(uri, platform, in_shadow) as (here, bot):
        for day in days:
            here.judge = day.judge
            digest = await the_days_page(here, bot)
            for act in day.acts:
                states = await all_that_counts(here)
                await (here.type(act) if isinstance(act, Command) else here.click(act))
                if act.who == CHI:
                    assert await all_that_counts(here) == states, f"a stranger changed something: {act}"
                await what_is_stated_is_true(here)
            assert now(here.slack, digest).blocks
            await here.a_day_passes(day)
        await nothing_new_for_days(here, bot)


@asynccontextmanager
async def at(
    uri: str, platform: dict[ModelRef, str], in_shadow: bool
) -> AsyncIterator[tuple[Life, Services]]:
    with marked_database(uri) as name:
        async with AsyncMongoClient[Document](uri, tz_aware=True) as client, slack_stand_in() as slack:
            here = Life(World(client[name]), slack, dict(platform))
            await here.begin()
            begins = None if in_shadow else Mode.ON
            async with bot_at_work(
                here.world, slack, answer=here.answer, begins=begins, sleep=at_once
            ) as bot:
                yield here, bot
            assert slack.rejections == [], "Slack would have refused this"


async def at_once(_: float) -> None:
    """Nobody waits before the LLM is asked again."""


async def the_days_page(here: Life, bot: Services) -> Message:
    """Posted, and looked at: it sums, names what changed and by whom, and is short."""
    digest = await digest_today(bot, here.slack)
    await bot.digests.redraw_stale()
    hello = HELLO * texts([digest])[0].startswith("# Hello")
    assert words_before_more(digest) <= WORDS + hello, "\n".join(texts([digest]))
    assert lines_to_tap(digest) <= LINES
    running = await here.running()
    await shown_more(here.slack, digest)
    page = stated(digest, here.slack.thread(digest.channel, digest.ts))
    if page is not None:
        if here.counted is not None:
            journal, given = await here.world.journal(), await commands(here)
            assert changed_since(digest) == differences(here.counted, running, journal, given), texts(
                [digest]
            )
        here.counted = running
        whole = page.answering + page.elsewhere.total()
        assert page.running == len(running)
        assert whole == len(running) or (page.folded and whole < len(running)), (
            page,
            "\n".join(texts([digest])),
        )
    await what_is_stated_is_true(here)
    return digest


async def what_is_stated_is_true(here: Life) -> None:
    """Each change that a message states is in the journal, and each change of the journal is stated."""
    everywhere = here.everywhere()
    said, back = done_by_people(everywhere), taken_back(everywhere)
    given = await commands(here)
    for entry in await here.world.journal():
        done = [change["ref"]["model_id"] for change in entry["changes"] if change["result"] == "done"]
        of = entry["proposal_id"]
        if not done or entry["state"] != "closed" or of in given:  # who gave a command is told where they did
            continue
        if entry["undo_of"]:
            assert of in back, f"{entry['_id']} took {of} back, and no message says so"
        elif entry["actor"] == "policy":
            assert of in back or set(done) <= named_beside(of, everywhere), f"{of} was done alone, unnamed"
        else:
            assert of in back or said.get(of) == len(done), f"{of}: {len(done)} done, said {said.get(of)}"
    journal = {entry["proposal_id"] for entry in await here.world.journal() if not entry["undo_of"]}
    undone = {entry["proposal_id"] for entry in await here.world.journal() if entry["undo_of"]}
    assert set(said) <= journal
    assert back <= undone


async def commands(here: Life) -> set[str]:
    """Proposals that somebody gave by a command."""
    found = here.world.database["operator_proposals"].find({"scope": None})
    return {str(one["_id"]) async for one in found}


async def all_that_counts(here: Life) -> list[object]:
    """What only an approver may change."""
    kept = ("models", "operator_journal", "operator_holds")
    return [await here.world.database[name].find().sort("_id").to_list() for name in kept] + [
        sorted([(one["_id"], one["state"]) async for one in here.world.database["operator_proposals"].find()])
    ]


async def nothing_new_for_days(here: Life, bot: Services) -> None:
    """Everything is answered, and goes on as it is: soon the page is one block."""
    here.judge = "sensible"
    digest = await the_days_page(here, bot)
    for _ in range(MOST_DAYS):
        for _ in range(MOST_CARDS):
            await here.click(Click("reject", ANA, 0, 0, ""))
        await here.a_day_passes()
        digest = await the_days_page(here, bot)
        if len(digest.blocks) == 1:
            return
    raise AssertionError("\n".join(texts([digest])))
