"""Review of many new models over the wire: a whole provider at once, older ones by age and provider, and
nothing that nobody answered for is lost."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

import pytest

from bot.services import Services
from sandbox.catalogue.server import CatalogueServer, catalogue_server
from sandbox.slack import SlackStandIn
from sandbox.slack.payloads import submission
from sandbox.slack.screen import CannotDo
from support.world import (
    ANA,
    BEN,
    CHI,
    World,
    bot_at_work,
    cards,
    digest_of,
    form,
    press,
    result,
    text_of,
    told,
    typed,
)

PROVIDERS = {"groq": "groq", "openai": "openai", "deepinfra": "deepinfra"}
"""Ours, and models.dev's name for each."""
LOOKED = "Review is in the digest and under /operator pending."


@asynccontextmanager
async def catalogue_of(
    count: int, at: datetime, *, days_old: int = 1, providers: tuple[str, ...] = tuple(PROVIDERS)
) -> AsyncIterator[CatalogueServer]:
    """`count` models that each of these providers serves under the catalogue's own id."""
    names = [f"maker/novel-{n:03}" for n in range(count)]
    created = int((at - timedelta(days=days_old)).timestamp())
    async with catalogue_server(
        openrouter={"data": [entry(name, created) for name in names]},
        models_dev={
            PROVIDERS[one]: {"models": {name: {"name": name} for name in names}} for one in providers
        },
        litellm={"sample_spec": {}, "gpt-4": {"litellm_provider": "openai", "mode": "chat"}},
    ) as server:
        yield server


@asynccontextmanager
async def looking_at(
    world: World, slack: SlackStandIn, count: int, **of: Any
) -> AsyncIterator[tuple[Services, CatalogueServer]]:
    """The bot at work over such a catalogue."""
    async with (
        catalogue_of(count, world.clock(), **of) as lists,
        bot_at_work(world, slack, lists=lists.urls) as services,
    ):
        yield services, lists


def entry(name: str, created: int) -> dict[str, Any]:
    return {
        "id": name,
        "name": f"Maker: {name.partition('/')[2]}",
        "created": created,
        "context_length": 128_000,
        "pricing": {"prompt": "0.000001", "completion": "0.000002"},
        "architecture": {"output_modalities": ["text"]},
    }


async def under_review(services: Services) -> dict[str, int]:
    """How many offers of each provider people are asked about."""
    counts = dict[str, int]()
    for proposal in await services.use_cases.stores.proposals.waiting():
        for member in proposal.members if proposal.review else ():
            counts[member.ref.provider] = counts.get(member.ref.provider, 0) + 1
    return counts


async def review_opened(services: Services, slack: SlackStandIn) -> dict[str, Any]:
    """Ana opens Review in the day's digest; the dialog."""
    digest = await digest_of(services, slack)
    [review] = cards(digest, "review")
    await press(slack, ANA, digest, f"review.{review}")
    return await form(slack, ANA)


def values(view: dict[str, Any]) -> dict[str, str]:
    """What each checkbox stands for, by its words."""
    options = (o for b in view["blocks"] for o in b.get("element", {}).get("options", ()))
    return {option["text"]["text"]: option["value"] for option in options}


@pytest.mark.parametrize(("count", "answer"), [(13, "not now"), (60, "never"), (130, "not now")])
async def test_a_whole_provider_is_answered_for_with_those_that_have_no_room(
    world: World, slack: SlackStandIn, count: int, answer: str
) -> None:
    async with looking_at(world, slack, count) as (services, _):
        await typed(slack, ANA, "discover", LOOKED)
        view = await review_opened(services, slack)
        offered = values(view)
        shown = [value for value in offered.values() if value.isdecimal()]
        assert (len(shown) < 3 * count) == (count > 90), "the largest one doesn't fit"
        await slack.person(ANA).submit(tick={offered[f"groq: all {count}"]}, choices={"choice": answer})
        await result(slack, ANA)
        assert await under_review(services) == {"openai": count, "deepinfra": count}
        assert len(await services.use_cases.stores.holds.active()) == count


@pytest.mark.parametrize("answer", ["not now", "never", "add"])
@pytest.mark.parametrize("days_old", [1, 300])
async def test_an_answer_to_five_of_four_hundred_keeps_the_rest(
    world: World, slack: SlackStandIn, answer: str, days_old: int
) -> None:
    async with looking_at(world, slack, 400, days_old=days_old, providers=("groq",)) as (services, _):
        await typed(slack, ANA, "discover all", LOOKED)
        await review_opened(services, slack)
        await slack.person(ANA).submit(tick={"0", "1", "2", "3", "4"}, choices={"choice": answer})
        await result(slack, ANA)
        assert await under_review(services) == {"groq": 395}
        world.clock.pass_(days=1)
        await typed(slack, ANA, "discover", LOOKED)
        assert await under_review(services) == {"groq": 395}, "the next day's look takes nothing away"


@pytest.mark.parametrize("answer", ["not now", "add"])
async def test_what_is_beyond_what_one_review_holds_follows_when_these_are_answered(
    world: World, slack: SlackStandIn, answer: str
) -> None:
    async with looking_at(world, slack, 180, days_old=300) as (services, _):
        await typed(slack, ANA, "discover all", LOOKED)
        assert sum((await under_review(services)).values()) == 500
        await review_opened(services, slack)
        await slack.person(ANA).submit(tick={"0", "1", "2", "3", "4"}, choices={"choice": answer})
        await result(slack, ANA)
        world.clock.pass_(days=1)
        await typed(slack, ANA, "discover", LOOKED)
        assert sum((await under_review(services)).values()) == 500, "535 are left"


async def test_older_models_put_off_for_a_week_come_up_again_after_it(
    world: World, slack: SlackStandIn
) -> None:
    async with looking_at(world, slack, 13, days_old=300, providers=("groq",)) as (services, _):
        await typed(slack, ANA, "discover 365 groq", LOOKED)
        offered = values(await review_opened(services, slack))
        await slack.person(ANA).submit(tick={offered["groq: all 13"]}, choices={"choice": "not now"})
        assert "shown again in a week" in await result(slack, ANA)
        assert await under_review(services) == {}
        world.clock.pass_(days=8)
        await typed(slack, ANA, "discover", LOOKED)
        assert await under_review(services) == {"groq": 13}


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        ("add", "add", "Nothing was applied: ana approved P-1"),
        ("add", "never", "What is still new is under `/operator pending`"),
        (
            "not now",
            "add",
            "Nothing was applied: P-1 changed since you read it, and is about 3 models, 7 offers",
        ),
        ("never", "not now", "Open Review again"),
    ],
)
async def test_ticks_that_came_after_somebody_elses_answer_are_said_to_be_lost(
    world: World, slack: SlackStandIn, first: str, second: str, said: str
) -> None:
    async with looking_at(world, slack, 3) as (services, _):
        await typed(slack, ANA, "discover", LOOKED)
        digest = await digest_of(services, slack)
        [review] = cards(digest, "review")
        for who in (ANA, BEN):
            await press(slack, who, digest, f"review.{review}")
            await form(slack, who)
        await slack.person(ANA).submit(tick={"0", "1"}, choices={"choice": first})
        await result(slack, ANA)
        left, holds = await under_review(services), await services.use_cases.stores.holds.active()
        await slack.person(BEN).submit(tick={"1", "3"}, choices={"choice": second})
        assert said in await result(slack, BEN)
        assert await under_review(services) == left
        assert await services.use_cases.stores.holds.active() == holds
        await slack.person(BEN).click(digest, f"review.{review}")  # as it was drawn before
        await told(slack, BEN, "Nothing was applied")


FORGOTTEN = MappingProxyType(
    {
        ("discover all", "discover 90"): {},
        ("discover all", "discover 30"): {},
        ("discover all groq", "discover 90"): {},
        ("discover all", "discover 90 groq"): {"openai": 13, "deepinfra": 13},
        ("discover 90", "discover 365 groq"): {"groq": 13},
        ("discover 365 groq", "discover 90 openai"): {"groq": 13},
        ("discover 365 groq", "discover 0 GROQ", "discover all groq"): {"groq": 13},
        ("discover all", "discover groq"): {"groq": 13, "openai": 13, "deepinfra": 13},
        ("discover all", "discover"): {"groq": 13, "openai": 13, "deepinfra": 13},
    }
)
"""What was typed, a day apart, and what people are asked about at the end."""


@pytest.mark.parametrize("asked", FORGOTTEN)
async def test_the_last_age_that_was_typed_counts(
    world: World, slack: SlackStandIn, asked: tuple[str, ...]
) -> None:
    async with looking_at(world, slack, 13, days_old=300) as (services, _):
        for text in (*asked, "discover"):
            await typed(slack, ANA, text, "ew models")
            await slack.until(lambda: "Looking for" not in text_of(slack.ephemerals(ANA)[-1]))
            world.clock.pass_(days=1)
        assert await under_review(services) == FORGOTTEN[asked]


async def test_another_version_has_its_own_words_beside_an_age_that_was_asked_for(
    world: World, slack: SlackStandIn
) -> None:
    """Of one that can't be read nothing is known; fields that are new to us stay."""
    async with looking_at(world, slack, 13, days_old=300) as (services, _):
        kept = world.database["operator_state"]
        odd = [
            {"_id": "discovery:asked:openai", "schema": 1, "since": "long ago"},
            {"_id": "discovery:asked:deepinfra", "schema": 2, "at": 5, "since": {"days": 365}},
            {"_id": "discovery:asked:gone", "schema": 1, "at": world.clock(), "since": world.clock()},
            {"_id": "discovery:asked:", "schema": 2, "at": world.clock(), "since": world.clock(), "by": "U1"},
        ]
        await kept.insert_many(odd)
        await typed(slack, ANA, "discover", "No new models")
        await typed(slack, ANA, "discover 365", LOOKED)
        assert await under_review(services) == {"groq": 13, "openai": 13, "deepinfra": 13}
        written = await kept.find_one({"_id": "discovery:asked:"})
        assert written
        assert (written["by"], written["schema"]) == ("U1", 2)
        await typed(slack, ANA, "discover 90 deepinfra", LOOKED)
        assert await under_review(services) == {"groq": 13, "openai": 13}


async def test_nothing_becomes_of_what_is_ticked_before_somebody_says_what(
    world: World, slack: SlackStandIn
) -> None:
    async with looking_at(world, slack, 13, providers=("groq",)) as (services, _):
        await typed(slack, ANA, "discover", LOOKED)
        view = await review_opened(services, slack)
        assert "initial_option" not in str(view["blocks"])
        ana = slack.person(ANA)
        with pytest.raises(CannotDo, match="What becomes of what you tick"):
            await ana.submit(tick={"0"})  # Slack's own form doesn't send it
        ticked = {**view, "state": {"values": ana.fill_in(tick={"0"})}}
        sent = submission(slack.workspace, ana.profile, ticked)
        answer = await slack.courier.deliver("interactive", sent)
        assert answer.payload == {"response_action": "errors", "errors": {"choice": "Pick one of these."}}
        await ana.submit(untick={"0"}, choices={"choice": "add"})
        assert set(ana.errors) == {"tick.0"}
        assert await under_review(services) == {"groq": 13}
        assert await world.database["models"].count_documents({"model_id": {"$regex": "novel"}}) == 0


FILTERS = MappingProxyType(
    {
        "discover": {},
        "discover all": {"groq": 13, "openai": 13, "deepinfra": 13},
        "discover ALL Groq": {"groq": 13},
        "discover groq all": {"groq": 13},
        "discover 365 `OpenAI`": {"openai": 13},
        "discover 0300 “deepinfra”": {"deepinfra": 13},
        "discover 299 groq": {},
        "discover 0": {},
        "discover 9999": {"groq": 13, "openai": 13, "deepinfra": 13},
    }
)


@pytest.mark.parametrize("text", FILTERS)
async def test_older_models_are_asked_for_by_age_and_provider(
    world: World, slack: SlackStandIn, text: str
) -> None:
    async with looking_at(world, slack, 13, days_old=300) as (services, _):
        await typed(slack, ANA, text, LOOKED if FILTERS[text] else "No new models")
        assert await under_review(services) == FILTERS[text]


WRONG = (
    ("discover grok", "There is no provider grok: did you mean groq?"),
    ("discover 365 opnai", "There is no provider opnai: did you mean openai?"),
    ("discover nosuch all", "There is no provider nosuch: there are anthropic"),
    ("discover <!channel>", "&lt;!channel&gt;"),
    ("discover all *groq*<@U0ANA>", "There is no provider"),
    ("discover -5", "There is no provider -5"),
    ("discover 99999", "There is no provider 99999"),
    ("discover ３６５", "There is no provider"),
    ("discover 1e3", "There is no provider 1e3"),
    ("discover '", "Name a provider"),
    ("discover 1e3 groq", "/operator discover [all|DAYS] [PROVIDER]"),
    (f"discover {'groq' * 700}", "There is no provider groqgroq"),
    ("discover groq openai", "/operator discover [all|DAYS] [PROVIDER]"),
    ("discover 30 all", "/operator discover [all|DAYS] [PROVIDER]"),
    ("discover 30 60 groq", "/operator discover [all|DAYS] [PROVIDER]"),
)


async def test_a_filter_that_is_not_meant_so_is_said_and_nothing_is_looked_for(
    world: World, slack: SlackStandIn
) -> None:
    async with looking_at(world, slack, 13, days_old=300) as (services, lists):
        missed = list[str]()
        for text, expected in WRONG:
            try:
                said = await typed(slack, ANA, text, expected)
                if "<!channel>" in said or "<@U0ANA>" in said:
                    missed.append(f"{text}: {said}")
            except AssertionError as error:
                missed.append(str(error)[:400])
        assert missed == []
        assert lists.requests == []
        assert await under_review(services) == {}


async def test_who_may_not_approve_counts_and_puts_nothing_to_people(
    world: World, slack: SlackStandIn
) -> None:
    async with looking_at(world, slack, 13, days_old=300) as (services, lists):
        await typed(slack, CHI, "discover all", "No new models")
        assert lists.requests == [], "nothing was fetched"
        await typed(slack, ANA, "discover", "No new models")
        await typed(slack, CHI, "discover all groq", "13")
        assert await under_review(services) == {}
