"""A button belongs to the deployment that drew it: on another database, or anew, it does nothing."""

from typing import Any

import pytest

from operator_core.store.records.deployment import ensure_deployment
from sandbox.slack import Message, SlackStandIn
from support.world import (
    ANA,
    BEN,
    CHANNEL,
    START,
    World,
    approve_all_of,
    bot_at_work,
    cards,
    digest_of,
    form,
    now,
    press,
    result,
    told,
)

OWN = (
    "operator_proposals",
    "operator_journal",
    "operator_holds",
    "operator_runs",
    "operator_situations",
    "operator_state",
)


async def begin_anew(world: World) -> None:
    for name in OWN:
        await world.database[name].drop()


async def digest_with_a_card(world: World, slack: SlackStandIn) -> tuple[Message, str]:
    """A digest that asks about bedrock; then the bot is stopped."""
    async with bot_at_work(world, slack, max_changes_unattended=0) as services:
        digest = await digest_of(services, slack)
        [card] = cards(digest)
        return digest, card


async def test_a_card_of_dropped_records_acts_on_nothing_of_the_new_ones(
    world: World, slack: SlackStandIn
) -> None:
    await world.gone_on_bedrock()
    digest, card = await digest_with_a_card(world, slack)
    await begin_anew(world)
    gone = await world.gone("groq", 5, 30)
    async with bot_at_work(world, slack, max_changes_unattended=0) as services:
        await digest_of(services, slack)
        assert (await services.use_cases.waiting())[0].id == card, "the same number means another thing now"
        await press(slack, ANA, digest, f"approve.{card}")
        await told(slack, ANA, "belongs to an earlier AI Operator")
        await press(slack, ANA, digest, f"reject.{card}")
        await press(slack, ANA, digest, "pause.digest")
        assert slack.person(ANA).view is None
        assert set(gone) <= await world.enabled("groq")
        assert len(await world.enabled("bedrock")) == 19
        assert await world.journal() == []


async def test_undo_and_release_of_dropped_records_do_nothing(world: World, slack: SlackStandIn) -> None:
    await world.gone_on_bedrock()
    async with bot_at_work(world, slack, max_changes_unattended=0) as services:
        digest = await digest_of(services, slack)
        [card] = cards(digest)
        await approve_all_of(slack, ANA, digest, card)
        await slack.settled()
    before = await world.enabled("bedrock")
    await begin_anew(world)
    async with bot_at_work(world, slack, max_changes_unattended=0):
        await press(slack, BEN, digest, f"undo.{card}")
        await told(slack, BEN, "belongs to an earlier AI Operator")
        assert await world.enabled("bedrock") == before


async def test_a_dialog_that_was_opened_before_the_new_beginning_changes_nothing(
    world: World, slack: SlackStandIn
) -> None:
    await world.gone_on_bedrock()
    async with bot_at_work(world, slack, max_changes_unattended=0) as services:
        digest = await digest_of(services, slack)
        [card] = cards(digest)
        await press(slack, ANA, digest, f"approve.{card}")
        await form(slack, ANA)
    await begin_anew(world)
    async with bot_at_work(world, slack, max_changes_unattended=0):
        await slack.person(ANA).submit()
        assert "belongs to an earlier AI Operator" in await result(slack, ANA)
        assert len(await world.enabled("bedrock")) == 19


@pytest.mark.parametrize(
    ("stamp", "said"),
    [
        ("@0123abcd.llm-bench-staging", "belongs to another AI Operator (database `llm-bench-staging`)"),
        ("", "was drawn before I marked what is mine"),
        ("@0123abcd.<!channel>", "&lt;!channel&gt;"),
    ],
)
async def test_a_foreign_button_is_told_whose_it_is(
    world: World, slack: SlackStandIn, stamp: str, said: str
) -> None:
    await world.gone_on_bedrock()
    digest, card = await digest_with_a_card(world, slack)
    async with bot_at_work(world, slack, max_changes_unattended=0):
        body: dict[str, Any] = slack.person(ANA).pressed(now(slack, digest), f"approve.{card}")
        body["actions"][0]["value"] = f"{card}:1{stamp}"
        await slack.courier.deliver("interactive", body)
        await told(slack, ANA, said)
        assert await world.journal() == []


async def test_a_restored_copy_asks_before_it_acts_and_takes_an_id_of_its_own(
    world: World, slack: SlackStandIn
) -> None:
    await world.gone("groq", 2, 20)
    await world.answer("openai", await world.models("openai", 20), days=6)
    first, _ = await ensure_deployment(world.database, START)
    await world.database["operator_state"].update_one(
        {"_id": "deployment"}, {"$set": {"collection": "as it is in the database that this was copied from"}}
    )
    async with bot_at_work(world, slack) as services:
        assert services.deployment.id != first.id
        assert services.deployment.restored_from == first.id
        [question] = slack.messages(CHANNEL)
        assert "looks like a restored copy" in question.text
        await digest_of(services, slack)
        assert await world.journal() == [], "nothing is done alone"
        await press(slack, ANA, question, "resume.restored")
        await told(slack, ANA, "Autopilot is on again")
    async with bot_at_work(world, slack) as again:
        assert again.deployment == services.deployment, "it is asked once"


async def test_of_two_replicas_that_start_at_once_both_are_the_same_deployment(world: World) -> None:
    one, two = await ensure_deployment(world.database, START), await ensure_deployment(world.database, START)
    assert one == two
    assert one[0].collection, "the server tells the collection's UUID"
