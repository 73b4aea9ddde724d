"""A button belongs to the deployment that drew it, and to what it was drawn about: else it does nothing."""

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from operator_core.store.records.state import ensure_deployment
from sandbox.slack import Message, SlackStandIn
from support.world import (
    ANA,
    BEN,
    CHANNEL,
    CHI,
    START,
    Document,
    World,
    approve_all_of,
    bot_at_work,
    cards,
    digest_of,
    form,
    now,
    press,
    result,
    take_back,
    told,
)


async def begin_anew_under_the_same_id(world: World) -> list[str]:
    """As somebody does who drops our records and puts the deployment back, so that cards go on working.

    What is wrong now is another provider's: these models.
    """
    deployment = await world.database["operator_state"].find_one({"_id": "deployment"})
    assert deployment is not None
    await world.begin_anew()
    await world.database["operator_state"].insert_one({**deployment, "collection": ""})
    for name in ("models", "metrics_cloud_v2", "errors_cloud"):
        await world.database[name].delete_many({})
    return await world.gone("groq", 5, 30)


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
    await world.begin_anew()
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
    await world.begin_anew()
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
    await world.begin_anew()
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
    first = await ensure_deployment(world.database, START)
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
        await told(slack, ANA, "The pause is over: autopilot on")
    async with bot_at_work(world, slack) as again:
        assert again.deployment.id == services.deployment.id
        assert sum("looks like a restored copy" in m.text for m in slack.messages(CHANNEL)) == 1, "asked once"


async def test_of_two_replicas_that_start_at_once_both_are_the_same_deployment(world: World) -> None:
    one, two = await ensure_deployment(world.database, START), await ensure_deployment(world.database, START)
    assert one == two
    assert one.collection, "the server tells the collection's UUID"


Edit = tuple[str, Document]
BY_HAND: list[Edit] = [
    ("another model", {"members.0.ref.model_id": "model-12"}),
    ("another provider", {"members.0.ref.provider": "openai", "provider": "openai"}),
    ("something else to do", {"action": "enable"}),
    ("another successor", {"members.0.successor": "model-12"}),
]


@pytest.mark.parametrize(("what", "edit"), BY_HAND, ids=[what for what, _ in BY_HAND])
async def test_a_proposal_that_was_edited_by_hand_is_not_what_was_clicked(
    world: World, slack: SlackStandIn, what: str, edit: Document
) -> None:
    await world.gone_on_bedrock()
    async with bot_at_work(world, slack, max_changes_unattended=0) as services:
        digest = await digest_of(services, slack)
        [card] = cards(digest)
        before = await world.enabled("bedrock")
        await world.database["operator_proposals"].update_one({"_id": card}, {"$set": edit})
        await press(slack, ANA, digest, f"approve.{card}")
        await told(slack, ANA, "is not what you saw when you clicked")
        assert await world.enabled("bedrock") == before
        assert await world.journal() == []


async def test_numbers_given_again_under_the_same_deployment_change_nothing_of_the_new_ones(
    world: World, slack: SlackStandIn
) -> None:
    await world.gone_on_bedrock()
    digest, card = await digest_with_a_card(world, slack)
    await begin_anew_under_the_same_id(world)
    async with bot_at_work(world, slack, max_changes_unattended=0) as services:
        await digest_of(services, slack)
        there = await services.use_cases.stores.proposals.get(card)
        assert (there.provider, there.revision) == ("groq", 1), "id and revision are the same"
        for who, button in ((ANA, "approve"), (CHI, "reject")):
            await slack.person(who).click(digest, f"{button}.{card}")
            await told(slack, who, "is not what you saw when you clicked")
        await slack.person(BEN).choose(digest, f"more.{card}", "Later: when it changes")
        await told(slack, BEN, "is not what you saw when you clicked")
        assert slack.person(ANA).view is None
        assert (await world.proposal(card))["state"] == "pending"
        assert await world.journal() == []


async def test_dialogs_of_dropped_records_change_nothing_of_the_new_ones(
    world: World, slack: SlackStandIn
) -> None:
    await world.gone("mistral", 2, 12)
    await world.gone_on_bedrock()
    async with bot_at_work(world, slack, max_changes_unattended=0) as services:
        digest = await digest_of(services, slack)
        card, _ = cards(digest)
        for who, button in ((ANA, f"approve.{card}"), (BEN, "approve_all.digest")):
            await press(slack, who, digest, button)
            await form(slack, who)
    gone = await begin_anew_under_the_same_id(world)
    async with bot_at_work(world, slack, max_changes_unattended=0) as services:
        await digest_of(services, slack)
        for who in (ANA, BEN):
            await slack.person(who).submit()
            assert "is not what you saw when you clicked" in await result(slack, who)
        assert set(gone) <= await world.enabled("groq")
        assert await world.journal() == []


async def test_undo_and_release_by_a_number_that_was_given_again_do_nothing(
    world: World, slack: SlackStandIn
) -> None:
    await world.gone_on_bedrock()
    async with bot_at_work(world, slack, max_changes_unattended=0) as services:
        digest = await digest_of(services, slack)
        [card] = cards(digest)
        await approve_all_of(slack, ANA, digest, card)
        await slack.settled()
        to_undo = now(slack, digest)
        await take_back(slack, ANA, digest, card)
        await slack.settled()
        to_release = now(slack, digest)
        await slack.person(BEN).open_home()
        await slack.until(lambda: "On hold (6)" in str(slack.home(BEN)))
        await slack.person(BEN).click_at_home("holds.home")
        await slack.until(lambda: "Release" in str(slack.person(BEN).view))
    await begin_anew_under_the_same_id(world)
    async with bot_at_work(world, slack, max_changes_unattended=0) as services:
        newer = await digest_of(services, slack)
        await approve_all_of(slack, ANA, newer, card)
        await slack.settled()
        assert len(await world.journal()) == 1
        await slack.person(ANA).click(to_undo, f"undo.{card}")
        await told(slack, ANA, "is not what you saw when you clicked")
        await take_back(slack, ANA, newer, card)
        await slack.settled()
        held = await services.use_cases.stores.holds.active()
        await slack.person(ANA).click(to_release, f"release.{card}")
        await told(slack, ANA, "is not what you saw when you clicked")
        await slack.person(BEN).click_in_view("release.H-1")
        await slack.until(lambda: "is not what you saw" in str(slack.person(BEN).view))
        assert await services.use_cases.stores.holds.active() == held


def drawn_before(blocks: Any) -> Any:
    """The blocks as the version drew them that didn't say what a button is about."""
    text = re.sub(r':(\w*):[0-9a-f]{8}(?=["@])', lambda m: f":{m[1]}" if m[1] else "", json.dumps(blocks))
    return json.loads(text)


async def test_a_card_of_an_earlier_version_is_drawn_anew_and_then_works(
    world: World, slack: SlackStandIn
) -> None:
    await world.gone("groq", 1, 3)
    async with bot_at_work(world, slack, max_changes_unattended=0) as services:
        digest = await digest_of(services, slack)
        [card] = cards(digest)
        slack.workspace.put(replace(digest, blocks=tuple(drawn_before(digest.blocks))))
        key = {"_id": f"message:{CHANNEL}:{digest.ts}"}
        kept = await world.database["operator_state"].find_one(key)
        assert kept is not None
        await world.database["operator_state"].update_one(
            key, {"$set": {"blocks": drawn_before(kept["blocks"])}}
        )
        assert now(slack, digest).blocks != digest.blocks
        await press(slack, ANA, digest, f"approve.{card}")
        await told(slack, ANA, "drawn by an earlier version of me")
        assert await world.journal() == []
        await slack.settled()
        await press(slack, ANA, digest, f"approve.{card}")
        await slack.until(lambda: cards(now(slack, digest), "undo") == [card])
        assert len(await world.journal()) == 1
