"""`why`: a model's or provider's story at the terminal, from real runs, answers and batches; by rule."""

import io
import json
from datetime import timedelta
from typing import Any

import pytest
from pymongo.asynchronous.database import AsyncDatabase
from rich.console import Console

from bot.commands.history import show_story
from operator_core.domain.base import ModelRef
from operator_core.domain.mode import Mode
from operator_core.domain.proposals import Draft, Member, ProposalAction
from operator_core.domain.signals import Maintenance
from operator_core.errors import NotFound
from operator_core.use_cases import UseCases
from support.core import core_over
from support.world import World

Database = AsyncDatabase[dict[str, Any]]


async def told(core: UseCases, typed: str, *, json_: bool = False, width: int = 60) -> str:
    """What the terminal shows, its lines as one where people read it."""
    shown = Console(file=io.StringIO(), width=width, highlight=False)
    await show_story(core, shown, typed, json=json_)
    assert isinstance(shown.file, io.StringIO)
    text = shown.file.getvalue()
    assert json_ or max(map(len, text.splitlines())) <= width
    return text if json_ else " ".join(text.split())


async def test_a_gone_models_story_from_its_failures_to_the_undo(database: Database) -> None:
    world = World(database)
    [name, *_] = await world.gone("bedrock", 2, 9)
    async with core_over(database, clock=world.clock, begins=Mode.SHADOW) as (core, requests):
        story = await told(core, f"bedrock/{name}")
        assert f"bedrock/{name} • It is on. • Gone at the provider. • No public list names it." in story
        assert "disable, 90% sure · the written rules: “For 3 days" in story, (
            "the day's verdict, where no run is kept"
        )
        await core.run("test")
        asked = len(requests)
        await core.stores.people.name("U0ANA", "Ana")
        [proposal] = await core.waiting()
        story = await told(core, f"bedrock/{name}")
        assert f"What would change it: An answer to {proposal.id}; or a success" in story
        for member in proposal.members:
            assert f"• Asked because {member.gate}." in story, "as its card says"
            assert f"I would do it alone, but for this: {member.gate}." in story
        world.clock.now += timedelta(hours=1)
        batch = await core.approve(proposal.id, proposal.revision, by="U0ANA", reason="contract ended")
        story = await told(core, f"bedrock {name.upper()}")
        assert f"• It is off: {batch.entry.id}, by Ana, {world.clock.now:%Y-%m-%d}. • No public list" in story
        assert f"What would change it: Somebody enables it, or takes {batch.entry.id} back." in story
        world.clock.now += timedelta(hours=1)
        await core.undo(batch.entry.id, by="U0ANA", reason="too early")
        story = await told(core, f"“bedrock/{name}”")
        assert len(requests) == asked, "no LLM is asked"
    in_order = (
        "It is on.", "last answer", "failures from here on: gone at the provider", "does not exist",
        "disable, 97% sure, of all that fail so · gpt-5.2",
        f"{proposal.id}: disable 2 models?", f"{proposal.id}: approved",
        f"{batch.entry.id}: disable, 2 of 2 done · Ana: “contract ended”", f"{proposal.id}: taken back",
        f"undo of {batch.entry.id}, 2 of 2 done · Ana: “too early”", "on hold (undid)",
        "What would change it: Somebody releases H-",
    )  # fmt: skip
    at = [story.find(words) for words in in_order]
    assert -1 not in at, (in_order[at.index(-1)], story)
    assert at == sorted(at), "a story is told in its order"
    assert "req_" not in story, "ids of single requests say nothing"


async def test_what_a_card_did_with_others_is_not_told_as_this_ones(database: Database) -> None:
    world = World(database)
    names = await world.gone("bedrock", 3, 9)
    async with core_over(database, clock=world.clock, begins=Mode.SHADOW) as (core, _):
        await core.run("test")
        [proposal] = await core.waiting()
        done = [ref for ref in proposal.refs if ref.model_id != names[0]]
        await core.approve(proposal.id, proposal.revision, by="U0ANA", refs=done)
        story = await told(core, f"bedrock/{names[0]}")
        assert "It is on." in story
        assert f"{proposal.id}: approved, but not with this" in story
        assert f"{proposal.id}: done, but not with this" in story
        for name in names[1:]:
            story = await told(core, f"bedrock/{name}")
            assert f"{proposal.id}: done" in story
            assert "but not with this" not in story


async def test_what_would_change_it_is_true_of_each_state(database: Database) -> None:
    world = World(database)
    [well, short, off, away, ghost] = (
        *await world.models("groq", 1, name="well"),
        *await world.models("openai", 1, name="short"),
        *await world.models("groq", 1, name="off"),
        *await world.models("vertex", 1, name="away"),
        "ghost",
    )
    await world.models("openai", 9, name="fine-{n}")
    await world.answer("openai", [f"fine-{n}" for n in range(9)], days=6)
    await world.answer("groq", [well, off], days=6)
    await world.answer("openai", [short], days=6, until_hours=25)
    await world.fail("openai", [short], days=1)
    await world.fail("vertex", [away], days=4)
    await world.fail("groq", [ghost], days=1)
    await database["models"].update_one({"model_id": off}, {"$set": {"enabled": False}})
    async with core_over(database, None, clock=world.clock) as (core, _):
        now = core.now()
        window = {"since": now - timedelta(hours=1), "until": now + timedelta(hours=2)}
        await core.stores.maintenance.announce(Maintenance(provider="vertex", by="U0ANA", **window))
        for typed, stands, expected in (
            ("well", "It is on. • Answering.", "Failures, or silence: nothing waits."),
            ("openai/short", "It is on.", "A success; without one it may be disabled in 30 hours."),
            ("off", "It is off: not by me.", "Somebody enables it."),
            ("vertex", "It is on. • Its provider is in", "The end of its provider's maintenance"),
            ("ghost", "It is not in the catalogue.", "Somebody adds it to the catalogue"),
        ):
            story = await told(core, typed)
            assert f"• {stands}" in story
            assert f"What would change it: {expected}" in story


async def test_a_providers_story_is_folded_and_says_the_same_as_json(database: Database) -> None:
    world = World(database)
    await world.gone("bedrock", 6, 19)
    await world.models("groq", 1)
    async with core_over(database, clock=world.clock, begins=Mode.SHADOW) as (core, _):
        await core.run("test")
        text = await told(core, "Bedrock")
        story = json.loads(await told(core, "bedrock", json_=True))
    assert "19 of 19 models are enabled" in text
    assert "13: answering." in text
    assert "6: gone at the provider." in text
    assert story.keys() == {"about", "stands", "would_change", "events"}
    assert story["about"] == "bedrock"
    assert story["would_change"] in text
    assert [event["at"] for event in story["events"]] == sorted(event["at"] for event in story["events"])
    assert {"disable, 97% sure", "P-1: disable 6 models?"} <= {event["what"] for event in story["events"]}
    [failed] = [event["what"] for event in story["events"] if "failures from here on" in event["what"]]
    assert failed.endswith("from here on: gone at the provider, the newest"), (
        "one model's words, another's day"
    )


async def test_where_the_look_ends_a_date_is_not_called_the_beginning(database: Database) -> None:
    world = World(database)
    [old, new] = await world.models("groq", 2)
    await world.fail("groq", [old], days=31)
    await world.fail("groq", [new], days=3)
    async with core_over(database, None, clock=world.clock) as (core, _):
        assert "failures from here on, as far back as I look: " in await told(core, f"groq/{old}")
        assert "failures from here on: " in await told(core, f"groq/{new}")


async def test_of_which_a_providers_list_says_nothing_is_said(database: Database) -> None:
    world = World(database)
    names = await world.models("groq", 5)
    await world.answer("groq", names, days=3)
    async with core_over(database, None, clock=world.clock) as (core, _):
        story = (await core.story("groq")).model_copy(update={"own_list": (True, True, False, True)})
    assert "3 of 5 are on the provider's own list; for 1 of them it can't be told." in story.stands()


async def test_a_model_that_is_offered_is_named_with_what_offers_it(database: Database) -> None:
    world = World(database)
    await world.models("anthropic", 1, name="claude-sonnet-4-5")
    draft = Draft(
        fingerprint="new-1",
        action=ProposalAction.ADD,
        provider="",
        members=[Member(ref=ModelRef(provider="anthropic", model_id="claude-sonnet-4-6"), enabled=False)],
        suggested_by="discovery",
    )
    async with core_over(database, None, clock=world.clock) as (core, _):
        offer = await core.stores.proposals.put(draft, now=core.now(), run_id="R-1")
        for typed in ("anthropic/claude-sonnet-4-6", "Anthropic/Claude-Sonnet-4-6"):
            with pytest.raises(NotFound, match=f"yet: {offer.id} offers to add it"):
                await core.story(typed)
        with pytest.raises(NotFound, match="did you mean anthropic/claude-sonnet-4-5"):
            await core.story("anthropic/claude-sonnet-4-7")


@pytest.mark.parametrize(
    ("typed", "said"),
    [("grok", "did you mean groq"), ("groq/model-9", "did you mean"), ("", "there is only groq")],
)
async def test_what_isnt_there_is_told_with_what_comes_near(
    database: Database, typed: str, said: str
) -> None:
    world = World(database)
    await world.models("groq", 2)
    async with core_over(database, None, clock=world.clock) as (core, _):
        with pytest.raises(NotFound, match=said):
            await core.story(typed)


async def test_a_command_on_another_model_is_no_part_of_the_story(database: Database) -> None:
    world = World(database)
    await world.models("groq", 2)
    async with core_over(database, None, clock=world.clock) as (core, _):
        for model in ("model-0", "model-1"):
            draft = await core.switch(ProposalAction.DISABLE, f"groq/{model}", by="U0ANA")
            asked = await core.submit(draft.id, draft.revision, by="U0ANA")
            await core.approve(asked.id, asked.revision, by="U0ANA", reason=f"about {model}")
        story = await core.story("groq/model-1")
    assert {event.said for event in story.events if event.by == "U0ANA" and event.what.startswith("J-")} == {
        "about model-1"
    }


async def test_words_from_outside_stay_words(database: Database) -> None:
    world = World(database)
    names = await world.models("groq", 1, name="*x* <!channel>")
    await world.fail(
        "groq", names, days=4, text="<!here> `model` gone, key sk-proj-abcdefghijklmnopqrstuvwx {model}"
    )
    async with core_over(database, None, clock=world.clock) as (core, _):
        story = await core.story("groq")
        shown = await told(core, "groq")
    assert "sk-proj-abcdefghijkl" not in str(story.events)
    assert "<!here>" in shown, "at the terminal it is text"


@pytest.mark.parametrize(
    ("theirs", "typed", "told_as"),
    [
        ("Groq", "groq", "Groq"),
        ("GROQ", "groq", "GROQ"),
        ("Groq", "groq/model-1", "Groq/model-1"),
        ("groq", "groq/model-1", "groq/Model_1"),
        ("Groq", "Groq", "groq"),
    ],
)
async def test_results_under_another_spelling_are_told_of(
    database: Database, theirs: str, typed: str, told_as: str
) -> None:
    world = World(database)
    names = await world.models("groq", 3)
    await world.answer("groq", names, days=3)
    await world.answer("openai", await world.models("openai", 2), days=3)
    there = ["Model_1"] if theirs == "groq" else names[:2]
    await world.answer(theirs, there, days=3)
    async with core_over(database, clock=world.clock) as (core, _):
        assert f"• Results also come under {told_as}." in await told(core, typed)
        assert "also come" not in await told(core, "openai") + await told(core, "groq/model-2")
