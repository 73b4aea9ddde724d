"""Whoever may not change anything changes nothing: by no button, and in no dialog."""

from collections.abc import Awaitable, Callable

import pytest

from sandbox.slack import Group, Message, SlackStandIn, slack_stand_in
from support.world import (
    ANA,
    CHANNEL,
    CHI,
    WITH_GROUPS,
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

pytestmark = pytest.mark.both_modes

GROUP = "S0CALL"
OWN = ("models", "operator_proposals", "operator_holds", "operator_journal")

Step = Callable[[SlackStandIn, Message, str], Awaitable[object]]


async def nothing(slack: SlackStandIn, digest: Message, card: str) -> None:
    """The card still waits."""


async def rejected(slack: SlackStandIn, digest: Message, card: str) -> None:
    await press(slack, ANA, digest, f"reject.{card}")
    await form(slack, ANA)
    await slack.person(ANA).submit()
    await result(slack, ANA)


async def put_off(slack: SlackStandIn, digest: Message, card: str) -> None:
    await slack.person(ANA).choose(now(slack, digest), f"more.{card}", "Later: next Monday")
    await slack.until(lambda: cards(now(slack, digest), "reopen") == [card])


async def approved(slack: SlackStandIn, digest: Message, card: str) -> None:
    await approve_all_of(slack, ANA, digest, card)


async def undone(slack: SlackStandIn, digest: Message, card: str) -> None:
    await approved(slack, digest, card)
    await take_back(slack, ANA, digest, card)
    await slack.until(lambda: cards(now(slack, digest), "release") == [card])


async def stored(world: World) -> dict[str, list[Document]]:
    """What may not change, as it stands in MongoDB; but for which messages show a proposal."""
    found = {}
    for name in OWN:
        documents = await world.database[name].find().sort("_id").to_list()
        found[name] = [{k: v for k, v in document.items() if k != "drawn"} for document in documents]
    return found


@pytest.mark.parametrize(
    ("before", "button"),
    [
        (nothing, "approve.{card}"),
        (nothing, "reject.{card}"),
        (nothing, "pause.digest"),
        (rejected, "reopen.{card}"),
        (put_off, "reopen.{card}"),
        (approved, "undo.{card}"),
        (undone, "release.{card}"),
    ],
)
async def test_no_button_does_anything_for_a_stranger(
    world: World, slack: SlackStandIn, before: Step, button: str
) -> None:
    await world.gone_on_bedrock()
    async with bot_at_work(world, slack, max_changes_unattended=0) as services:
        digest = await digest_of(services, slack)
        [card] = cards(digest)
        await before(slack, digest, card)
        there = await stored(world)

        await press(slack, CHI, digest, button.format(card=card))

        await told(slack, CHI, f"Nothing changed. <@{ANA}>")
        assert slack.person(CHI).view is None
        assert await stored(world) == there
        assert await services.use_cases.stores.pause.get() is None


@pytest.mark.parametrize(
    ("before", "button"),
    [
        (nothing, "approve.{card}"),
        (nothing, "reject.{card}"),
        (nothing, "pause.digest"),
        (approved, "undo.{card}"),
    ],
)
async def test_a_dialog_opened_before_somebody_lost_the_right_changes_nothing(
    world: World, before: Step, button: str
) -> None:
    await world.gone_on_bedrock()
    async with (
        slack_stand_in(groups=[Group(GROUP, "bench-oncall", (ANA,))], scopes=WITH_GROUPS) as slack,
        bot_at_work(world, slack, approvers=(GROUP,), max_changes_unattended=0) as services,
    ):
        digest = await digest_of(services, slack)
        [card] = cards(digest)
        await before(slack, digest, card)
        await press(slack, ANA, digest, button.format(card=card))
        await form(slack, ANA)
        slack.workspace.groups[GROUP] = Group(GROUP, "bench-oncall", (CHI,))
        world.clock.pass_(minutes=6)
        there = await stored(world)

        await slack.person(ANA).submit()

        said = await result(slack, ANA)
        do = "approve" if button.startswith(("approve", "reject")) else "do"
        assert f"Nothing changed. <!subteam^{GROUP}> can {do} this" in said
        assert await stored(world) == there
        assert await services.use_cases.stores.pause.get() is None
        assert slack.messages(CHANNEL)[0].ts == digest.ts
        assert slack.rejections == []
