"""Twelve providers at once, each with something of its own: all of it is said, once, in a short page."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from bot.services import Services
from sandbox.slack import SlackStandIn
from support.days.page import lines_to_tap, stated, texts, words_before_more
from support.world import (
    ANA,
    BILLING,
    CHANNEL,
    CHI,
    World,
    bot_at_work,
    cards,
    digest_of,
    now,
    shown_more,
    text_of,
    typed,
)

NO_KEY = "Error code: 401 - invalid api key"
AWAY = "Error code: 503 - service unavailable"
LIMITED = "Error code: 429 - rate limit exceeded, try again in {number} s"
SPENT = "The visible output was empty: 64 tokens were spent on reasoning, {number} were left"
LEAKED = "Incorrect API key provided: sk-proj-ZyXw9876VuTs5432RqPo1098NmLk7654JiHg3210. Rotate it."
WORDS, LINES = 200, 2 * 60


class Twelve:
    """The providers: what is wrong with each, from quite gone to quite well."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.numbers = 0

    async def of(self, provider: str, count: int = 4) -> list[str]:
        """Models whose numbers no other provider has, so that a page's names can be counted."""
        self.numbers += 10
        return await self.world.models(provider, count, name=f"m-{self.numbers + 10}{{n}}")

    async def gone(self, provider: str, count: int) -> None:
        names = await self.of(provider, 9)
        await self.world.answer(provider, names[count:], days=6)
        await self.world.answer(provider, names[:count], days=2, until_hours=97)
        await self.world.fail(provider, names[:count], days=4)

    async def down(self, provider: str, text: str) -> None:
        names = await self.of(provider)
        await self.world.answer(provider, names, days=3, until_hours=7)
        await self.world.fail(provider, names, days=0.25, text=text)

    async def some(self, provider: str, text: str) -> None:
        names = await self.of(provider)
        await self.world.answer(provider, names[2:], days=6)
        await self.world.answer(provider, names[:2], days=2, until_hours=73)
        await self.world.fail(provider, names[:2], days=3, text=text)

    async def begin(self) -> None:
        await self.world.introduced()
        for provider, count in (("ai21", 1), ("cerebras", 2), ("cohere", 3)):
            await self.gone(provider, count)
        for provider, text in (
            ("deepinfra", BILLING),
            ("nebius", NO_KEY),
            ("azure", AWAY),
            ("x.ai", BILLING),
        ):
            await self.down(provider, text)
        await self.some("mistral", LIMITED)
        await self.some("fireworks", SPENT)
        silent = await self.of("baseten")
        await self.world.answer("baseten", silent, days=6, until_hours=60)
        flagged = await self.of("together")
        await self.world.answer("together", flagged, days=6)
        where = {"provider": "together", "model_id": flagged[0]}
        await self.world.database["models"].update_one(where, {"$set": {"deprecated": True}})
        leaking = await self.of("groq")
        await self.world.answer("groq", leaking, days=6)
        await self.world.fail("groq", leaking[:1], days=0.5, until_hours=3, text=LEAKED)
        await self.world.answer("groq", leaking[:1], days=0.25)


ALL = (
    *("ai21", "azure", "baseten", "cerebras", "cohere", "deepinfra"),
    *("fireworks", "groq", "mistral", "nebius", "together", "x.ai"),
)


@pytest.mark.both_modes
async def test_of_twelve_providers_that_each_have_something_none_is_lost_and_the_page_is_short(
    world: World, slack: SlackStandIn
) -> None:
    await Twelve(world).begin()
    async with bot_at_work(world, slack) as services:
        digest = await digest_of(services, slack)
        assert words_before_more(digest) <= WORDS, "\n".join(texts([digest]))
        assert lines_to_tap(digest) <= LINES
        await shown_more(slack, digest)
        thread = slack.thread(CHANNEL, digest.ts)
        page = stated(now(slack, digest), thread)
        assert page is not None
        running = await world.database["models"].count_documents({"enabled": True})
        assert page.running == running
        assert page.answering + page.elsewhere.total() == running or page.folded
        await slack.person(CHI).open_home()
        await slack.until(lambda: slack.home(CHI))
        everywhere = "\n".join([*texts([now(slack, digest), *thread]), str(slack.home(CHI))])
        assert [one for one in ALL if one not in everywhere] == []


ODD: dict[str, Callable[[dict[str, object]], dict[str, object]]] = {
    "a time in words": lambda row: row | {"ts": "soon"},
    "no time": lambda row: {key: value for key, value in row.items() if key != "ts"},
    "next year": lambda row: row | {"ts": row["ts"] + timedelta(days=365)},  # type: ignore[operator]
    "a number for a name": lambda row: row | {"model_name": 7},
    "no name": lambda row: {key: value for key, value in row.items() if key != "model_name"},
    "an empty name": lambda row: row | {"model_name": ""},
}


@pytest.mark.both_modes
@pytest.mark.parametrize("each", [1, 30])
async def test_odd_rows_of_twelve_providers_at_once_are_one_phrase_at_the_end(
    world: World, slack: SlackStandIn, each: int
) -> None:
    await world.introduced()
    for provider in ALL:
        await world.answer(provider, await world.models(provider, 4), days=6)
    await world.gone_on_bedrock()
    rows = [
        make({"provider": provider, "model_name": "model-0", "ts": world.clock.now, "message": "odd"})
        for provider in ALL
        for make in ODD.values()
        for _ in range(each)
    ]
    await world.database["errors_cloud"].insert_many(rows)
    async with bot_at_work(world, slack, max_changes_unattended=0) as services:
        digest = await digest_of(services, slack)
        *above, known, last = texts([digest])
        assert f"{len(rows):,} rows unreadable (ai-operator doctor --rows)" in known
        assert "row" not in "\n".join([*above, last]), "nothing of it stands above"
        await typed(slack, ANA, "analyze", "Disable 6 bedrock models?")
        await world.runs_on(24, failing={"bedrock": [f"model-{n}" for n in range(6)]})
        await world.fail("bedrock", [f"model-{n}" for n in range(6)], days=0.25)
        assert text_of(await digest_of(services, slack)).count("unreadable") == 1


async def _by_its_look(services: Services, slack: SlackStandIn) -> None:
    run, _ = await services.use_cases.run("schedule")
    await services.use_cases.act_alone(run)


async def _by_execute(services: Services, slack: SlackStandIn) -> None:
    await typed(slack, ANA, "execute", "disabled")


async def _by_its_digest_that_was_lost(services: Services, slack: SlackStandIn) -> None:
    slack.fail_next("chat.postMessage", error="fatal_error", times=50)
    with pytest.raises(Exception, match="fatal_error"):
        await services.digests.post_due(services.now())
    slack.workspace.failures.clear()


Acts = Callable[[Services, SlackStandIn], Awaitable[None]]
ACTED: dict[str, Acts] = {
    "its look": _by_its_look,
    "execute": _by_execute,
    "a digest that was lost": _by_its_digest_that_was_lost,
}
"""How the other replica's autopilot came to act."""


@pytest.mark.both_modes
@pytest.mark.parametrize("how", ACTED)
async def test_what_another_replicas_autopilot_did_is_named_in_this_ones_digest(
    world: World, slack: SlackStandIn, how: str
) -> None:
    gone = {"nebius": await world.gone("nebius", 3, 20), "cohere": await world.gone("cohere", 2, 20)}
    await world.answer("openai", await world.models("openai", 20), days=6)
    await world.introduced()
    async with bot_at_work(world, slack) as other:
        await ACTED[how](other, slack)
        done = {provider: set(names) - await world.enabled(provider) for provider, names in gone.items()}
    assert done == {provider: set(names) for provider, names in gone.items()}
    world.clock.pass_(hours=2)
    async with bot_at_work(world, slack) as this:
        digest = await digest_of(this, slack)
        said = text_of(digest)
        assert "I switched off 5 models" in said
        for provider, names in gone.items():
            [line] = [text for text in texts([digest]) if f" {provider}: " in text]
            assert all(name in line for name in names)
        assert "outside this bot" not in said
        assert len(cards(digest, "undo")) == len(gone)


@pytest.mark.parametrize("how", ["its look", "execute"])
async def test_it_is_so_while_both_replicas_run_and_is_taken_back_at_either(
    world: World, slack: SlackStandIn, how: str
) -> None:
    names = await world.gone("baseten", 3, 20)
    await world.answer("openai", await world.models("openai", 20), days=6)
    await world.introduced()
    async with bot_at_work(world, slack) as other, bot_at_work(world, slack) as this:
        await ACTED[how](other, slack)
        said = text_of(digest := await digest_of(this, slack))
        assert "I switched off 3 baseten models" in said
        assert all(f"`{name}`" in said for name in names)
        assert await other.digests.post_due(other.now()) is None, "it was said, once"
        [entry] = await this.stores.journal.recent()
        await other.use_cases.undo(entry.id, by=ANA)
        await this.cards.redraw_stale()
        await other.digests.show_switch()
        await slack.until(lambda: "taken back by" in text_of(now(slack, digest)))
        assert set(names) <= await world.enabled("baseten")
