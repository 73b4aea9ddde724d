"""A card through its life, as people click it: every answer, its way back, and what stands in the way."""

import pytest

from bot.slack.views.actions import Target
from sandbox.slack import SlackStandIn
from support.world import (
    ANA,
    BEN,
    CHI,
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
    text_of,
    told,
)

KEY = "sk-proj-AbCdEfGhIjKlMnOpQrStUvWxYz0123456789AbCdEfGhIjKl"
BILLING = "Error code: 402 - balance is negative, top up to continue"


async def test_details_show_models_days_masked_samples_and_the_judge(
    world: World, slack: SlackStandIn
) -> None:
    gone = await world.gone_on_bedrock()
    body = f"{{{{'message': 'The model {{model}} does not exist', 'key': '{KEY}'}}}}"
    await world.fail("bedrock", gone, days=0.25, text=f"Error code: 404 - {body}")
    async with bot_at_work(world, slack, max_changes_unattended=0) as services:
        digest = await digest_of(services, slack)
        [card] = cards(digest)
        await slack.person(CHI).choose(digest, f"more.{card}", "Details")
        await slack.until(lambda: "✗✗✗" in str(slack.person(CHI).view))
        said = str(slack.person(CHI).view)
        assert "Judged by gpt-5.2, 97% sure" in said
        assert all(name in said for name in gone)
        assert "✓" in said
        assert KEY not in said


@pytest.mark.parametrize(
    ("choice", "days_later"),
    [("Later: tomorrow's digest", 1), ("Later: next Monday", 3), ("Later: when it changes", None)],
)
async def test_later_hides_the_card_until_its_time(
    world: World, slack: SlackStandIn, choice: str, days_later: int | None
) -> None:
    gone = await world.gone_on_bedrock()
    async with bot_at_work(world, slack, max_changes_unattended=0) as services:
        digest = await digest_of(services, slack)
        [card] = cards(digest)
        await slack.person(CHI).choose(digest, f"more.{card}", choice)
        await told(slack, CHI, "can approve this")
        await slack.person(ANA).choose(digest, f"more.{card}", choice)
        await slack.until(lambda: "later:" in text_of(now(slack, digest)))
        for day in range(1, 4):
            await world.runs_on(24, failing={"bedrock": gone})
            await world.fail("bedrock", gone, days=1)
            asked = cards(await digest_of(services, slack))
            assert asked == ([card] if days_later is not None and day >= days_later else []), day


async def test_later_is_taken_back_by_reopen(world: World, slack: SlackStandIn) -> None:
    await world.gone_on_bedrock()
    async with bot_at_work(world, slack, max_changes_unattended=0) as services:
        digest = await digest_of(services, slack)
        [card] = cards(digest)
        await slack.person(ANA).choose(digest, f"more.{card}", "Later: next Monday")
        await slack.until(lambda: cards(now(slack, digest), "reopen") == [card])
        await slack.until(lambda: "Nothing waits for you" in text_of(now(slack, digest)))
        await press(slack, BEN, digest, f"reopen.{card}")
        await slack.until(lambda: cards(now(slack, digest)) == [card])
        await slack.until(lambda: "1 decision for you" in text_of(now(slack, digest)))


async def test_approve_all_shows_each_decision_and_leaves_what_is_unticked(
    world: World, slack: SlackStandIn
) -> None:
    await world.gone("bedrock", 6, 19)
    await world.gone("groq", 8, 20)
    async with bot_at_work(world, slack, max_changes_unattended=0) as services:
        digest = await digest_of(services, slack)
        first, second = cards(digest)
        assert "2 decisions for you" in text_of(digest)
        await press(slack, CHI, digest, "approve_all.digest")
        await told(slack, CHI, "can approve this")
        await press(slack, ANA, digest, "approve_all.digest")
        view = await form(slack, ANA)
        assert "2 decisions about 14 models" in str(view)
        await slack.person(ANA).submit(
            untick={str(Target.on(await services.use_cases.stores.proposals.get(second)))}
        )
        said = await result(slack, ANA)
        assert "disabled 8 groq models" in said
        shown = now(slack, digest)
        assert cards(shown) == [second]
        assert cards(shown, "undo") == [first]
        assert "1 decision for you" in text_of(shown)


async def test_forty_decisions_are_approved_at_once_but_for_the_one_that_somebody_answered_meanwhile(
    world: World, slack: SlackStandIn
) -> None:
    for number in range(40):
        await world.gone(f"provider{number:02}", 1, 2)
    async with bot_at_work(world, slack, max_changes_unattended=0) as services:
        digest = await digest_of(services, slack)
        await press(slack, ANA, digest, "approve_all.digest")
        assert "40 decisions about 40 models" in str(await form(slack, ANA))
        first = cards(digest)[0]
        await press(slack, BEN, digest, f"approve.{first}")
        await slack.until(lambda: cards(now(slack, digest), "undo") == [first])
        await slack.person(ANA).submit()
        said = await result(slack, ANA)
        assert said.count("disabled `model-0` on provider") == 39
        assert f"approved {first}" in said
        journal = await world.journal()
        assert [entry["actor"] for entry in journal] == [BEN, *[ANA] * 39]
        assert await world.database["models"].count_documents({"enabled": False}) == 40
        await slack.until(lambda: "Nothing waits for you" in text_of(now(slack, digest)))


async def test_nothing_ticked_is_shown_in_the_dialog_and_changes_nothing(
    world: World, slack: SlackStandIn
) -> None:
    await world.gone_on_bedrock()
    async with bot_at_work(world, slack, max_changes_unattended=0) as services:
        digest = await digest_of(services, slack)
        [card] = cards(digest)
        await press(slack, ANA, digest, f"approve.{card}")
        await form(slack, ANA)
        await slack.person(ANA).submit(untick={str(n) for n in range(6)})
        assert "Nothing is ticked" in str(slack.person(ANA).errors)
        assert await world.journal() == []


async def test_somebody_takes_on_what_is_down_and_gives_it_back(world: World, slack: SlackStandIn) -> None:
    names = await world.models("deepinfra", 4)
    await world.answer("deepinfra", names, days=4, until_hours=10)
    await world.fail("deepinfra", names, days=0.4, text=BILLING)
    await world.answer("openai", await world.models("openai", 20), days=6)
    async with bot_at_work(world, slack) as services:
        digest = await digest_of(services, slack)
        [card] = cards(digest, "take")
        await press(slack, CHI, digest, f"take.{card}")
        await told(slack, CHI, "Nothing changed")
        await press(slack, ANA, digest, f"take.{card}")
        await slack.until(lambda: "👀" in text_of(now(slack, digest)))
        await slack.person(BEN).click(digest, "I'm on it")
        await told(slack, BEN, "took")
        await press(slack, ANA, digest, f"give_back.{card}")
        await slack.until(lambda: cards(now(slack, digest), "take") == [card])


async def test_undo_of_single_models_leaves_the_others_and_release_ends_the_hold(
    world: World, slack: SlackStandIn
) -> None:
    gone = await world.gone_on_bedrock()
    async with bot_at_work(world, slack, max_changes_unattended=0) as services:
        digest = await digest_of(services, slack)
        [card] = cards(digest)
        await approve_all_of(slack, ANA, digest, card)
        await take_back(slack, BEN, digest, card, untick=("1", "2", "3", "4", "5"), note="still needed")
        assert set(gone) & await world.enabled("bedrock") == {gone[0]}
        assert f"Taken back: `{gone[0]}`" in text_of(now(slack, digest))
        await take_back(slack, BEN, digest, card)
        assert set(gone) <= await world.enabled("bedrock")
        await press(slack, CHI, digest, f"release.{card}")
        await told(slack, CHI, "Nothing changed")
        assert await world.database["operator_holds"].count_documents({"active": True}) == 6
        await press(slack, ANA, digest, f"release.{card}")
        await slack.until(lambda: "Nothing of it is on hold" in text_of(now(slack, digest)))
        assert await world.database["operator_holds"].count_documents({"active": True}) == 0


async def test_a_click_on_an_outdated_revision_changes_nothing_and_names_what_joined(
    world: World, slack: SlackStandIn
) -> None:
    gone = await world.gone_on_bedrock()
    async with bot_at_work(world, slack, max_changes_unattended=0) as services:
        digest = await digest_of(services, slack)
        [card] = cards(digest)
        world.clock.pass_(hours=62)
        await world.fail("bedrock", [*gone, "model-7"], days=2.5)
        await world.answer("bedrock", [f"model-{n}" for n in (6, *range(8, 19))], days=1)
        await world.answer("openai", [f"model-{n}" for n in range(20)], days=1)
        await services.use_cases.run("test")
        await slack.person(ANA).click(digest, f"approve.{card}")
        said = await told(slack, ANA, "no longer what you read")
        assert "Joined since: `model-7`" in said
        await slack.until(lambda: "Disable 7 bedrock models?" in text_of(now(slack, digest)))
        assert await world.journal() == []
        await approve_all_of(slack, ANA, digest, card)
        assert "model-7" not in await world.enabled("bedrock")


async def test_a_model_that_recovered_is_left_alone_and_the_card_says_so(
    world: World, slack: SlackStandIn
) -> None:
    gone = await world.gone_on_bedrock()
    async with bot_at_work(world, slack, max_changes_unattended=0) as services:
        digest = await digest_of(services, slack)
        [card] = cards(digest)
        await press(slack, ANA, digest, f"approve.{card}")
        await form(slack, ANA)
        world.clock.pass_(minutes=20)
        await world.answer("bedrock", gone[:1], days=0.25)
        await slack.person(ANA).submit()
        assert "it answered " in await result(slack, ANA)
        shown = text_of(now(slack, digest))
        assert "5 of 6 bedrock models disabled" in shown
        assert "it answered " in shown
        assert set(gone) & await world.enabled("bedrock") == {gone[0]}


async def test_what_recovered_before_the_click_is_not_even_offered(world: World, slack: SlackStandIn) -> None:
    gone = await world.gone_on_bedrock()
    async with bot_at_work(world, slack, max_changes_unattended=0) as services:
        digest = await digest_of(services, slack)
        [card] = cards(digest)
        world.clock.pass_(minutes=20)
        await world.answer("bedrock", gone[:1], days=0.25)
        await press(slack, ANA, digest, f"approve.{card}")
        view = str(await form(slack, ANA))
        assert "Left alone, because it changed since you read this" in view
        assert "Disable 5 models" in view


async def test_each_model_has_a_result_done_already_and_conflict(world: World, slack: SlackStandIn) -> None:
    gone = await world.gone_on_bedrock()
    models = world.database["models"]
    async with bot_at_work(world, slack, max_changes_unattended=0) as services:
        digest = await digest_of(services, slack)
        [card] = cards(digest)
        await press(slack, ANA, digest, f"approve.{card}")
        await form(slack, ANA)
        await models.update_one({"provider": "bedrock", "model_id": gone[0]}, {"$set": {"enabled": False}})
        await models.delete_one({"provider": "bedrock", "model_id": gone[1]})
        await slack.person(ANA).submit(untick={"5"})
        said = await result(slack, ANA)
        shown = text_of(now(slack, digest))
        for text in (said, shown):
            assert gone[0] in text
            assert gone[1] in text
        assert f"Kept: `{gone[5]}`" in shown
        assert set(gone) & await world.enabled("bedrock") == {gone[5]}


async def test_a_dialog_submitted_twice_counts_once_and_says_so(world: World, slack: SlackStandIn) -> None:
    await world.gone_on_bedrock()
    async with bot_at_work(world, slack, max_changes_unattended=0) as services:
        digest = await digest_of(services, slack)
        [card] = cards(digest)
        await press(slack, ANA, digest, f"approve.{card}")
        await form(slack, ANA)
        outcome = await slack.person(ANA).submit()
        await slack.until(lambda: "disabled 6" in str(slack.person(ANA).view))
        assert (await slack.courier.redeliver(outcome)).acked
        await slack.until(lambda: "You approved" in str(slack.person(ANA).view))
        assert "This click did nothing more" in str(slack.person(ANA).view)
        assert len(await world.journal()) == 1
        await slack.person(ANA).close()
        await press(slack, ANA, digest, f"undo.{card}")
        await form(slack, ANA)
        outcome = await slack.person(ANA).submit()
        await slack.until(lambda: "took back 6" in str(slack.person(ANA).view))
        assert (await slack.courier.redeliver(outcome)).acked
        await slack.until(lambda: "You took P-1 back already" in str(slack.person(ANA).view))
        assert len(await world.journal()) == 2


@pytest.mark.parametrize("verb", ["approve", "reject", "undo"])
async def test_a_dialog_whose_proposal_is_gone_says_so(world: World, slack: SlackStandIn, verb: str) -> None:
    await world.gone_on_bedrock()
    async with bot_at_work(world, slack, max_changes_unattended=0) as services:
        digest = await digest_of(services, slack)
        [card] = cards(digest)
        if verb == "undo":
            await approve_all_of(slack, ANA, digest, card)
        await press(slack, ANA, digest, f"{verb}.{card}")
        await form(slack, ANA)
        await world.database["operator_proposals"].delete_many({})
        await world.database["operator_journal"].delete_many({})
        outcome = await slack.person(ANA).submit()
        assert outcome.acked
        assert "There is no" in await result(slack, ANA)


async def test_a_click_on_a_resolved_card_says_who_was_first(world: World, slack: SlackStandIn) -> None:
    await world.gone_on_bedrock()
    async with bot_at_work(world, slack, max_changes_unattended=0) as services:
        digest = await digest_of(services, slack)
        [card] = cards(digest)
        await slack.person(ANA).click(digest, f"reject.{card}")
        await form(slack, ANA)
        await slack.person(ANA).submit()
        await result(slack, ANA)
        world.clock.pass_(seconds=8)
        await slack.person(BEN).click(digest, f"approve.{card}")
        assert "8 seconds before you" in await told(slack, BEN, "ana rejected")
        await slack.person(ANA).click(digest, f"approve.{card}")
        await told(slack, ANA, "You rejected")


async def test_a_long_batch_shows_how_far_it_is(world: World, slack: SlackStandIn) -> None:
    await world.gone("bedrock", 60, 200)
    async with bot_at_work(world, slack, max_changes_unattended=0) as services:
        digest = await digest_of(services, slack)
        [card] = cards(digest)
        said = await approve_all_of(slack, ANA, digest, card)
        assert "disabled 60 bedrock models" in said
        updates = [str(call.args) for call in slack.called("chat.update")]
        assert any("25 of 60 done" in update for update in updates)
        assert "60 bedrock models disabled" in text_of(now(slack, digest))


async def test_what_mongodb_refuses_is_said_model_by_model(world: World, slack: SlackStandIn) -> None:
    await world.gone_on_bedrock()
    await world.database["models"].create_index("disabled_reason", unique=True, sparse=True)
    async with bot_at_work(world, slack, max_changes_unattended=0) as services:
        digest = await digest_of(services, slack)
        [card] = cards(digest)
        said = await approve_all_of(slack, ANA, digest, card)
        assert "1 of 6" in said
        assert "MongoDB refused: a unique index stands against it" in said
        shown = text_of(now(slack, digest))
        assert "1 of 6 bedrock models disabled" in shown
        assert "MongoDB refused: a unique index stands against it" in shown
        assert cards(now(slack, digest), "undo") == [card]
        assert len(await world.enabled("bedrock")) == 18


async def test_an_approval_that_mongodb_refuses_altogether_says_so_and_asks_anew(
    world: World, slack: SlackStandIn
) -> None:
    [gone] = await world.gone("bedrock", 1, 2)
    await world.database["models"].insert_one({"provider": "bedrock", "model_id": "old", "enabled": False})
    await world.database["models"].create_index(
        ["provider", "enabled"], unique=True, partialFilterExpression={"enabled": False}
    )
    async with bot_at_work(world, slack, max_changes_unattended=0) as services:
        digest = await digest_of(services, slack)
        [card] = cards(digest)
        await press(slack, ANA, digest, f"approve.{card}")
        await slack.until(lambda: "MongoDB refused" in text_of(now(slack, digest)))
        shown = text_of(now(slack, digest))
        assert "MongoDB refused: a unique index stands against it" in shown
        assert gone in await world.enabled("bedrock")
        assert cards(now(slack, digest), "undo") == []
        world.clock.pass_(hours=24)
        await world.runs_on(0, failing={"bedrock": [gone]})
        await world.fail("bedrock", [gone], days=1)
        later = await digest_of(services, slack)
        assert cards(later) == [card]
