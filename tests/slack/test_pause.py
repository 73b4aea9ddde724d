"""Stopping: by command and by button, in the middle of a batch, on every replica; and who may."""

from operator_core.domain.mode import Pause
from sandbox.slack import Group, SlackStandIn, slack_stand_in
from support.world import (
    ANA,
    BEN,
    CHI,
    WITH_GROUPS,
    World,
    bot_at_work,
    cards,
    digest_of,
    form,
    now,
    press,
    result,
    text_of,
    told,
    typed,
)


async def test_pause_stops_a_running_batch_between_two_changes_on_another_replica(
    world: World, slack: SlackStandIn
) -> None:
    gone = await world.gone("bedrock", 60, 200)
    async with bot_at_work(world, slack, max_changes_unattended=0) as one, bot_at_work(world, slack) as two:
        digest = await digest_of(one, slack)
        [card] = cards(digest)
        await press(slack, ANA, digest, f"approve.{card}")
        await form(slack, ANA)
        await slack.person(ANA).submit()
        await slack.until(lambda: "25 of 60 done" in text_of(now(slack, digest)))
        world.clock.pass_(seconds=1)
        await two.use_cases.stores.pause.put(Pause(by=BEN, at=two.now(), reason="vendor says wait"))
        said = await result(slack, ANA)
        assert "vendor says wait" in said
        left = set(gone) & await world.enabled("bedrock")
        assert 0 < len(left) < 60
        assert "vendor says wait" in text_of(now(slack, digest))
        [entry] = await world.journal()
        assert entry["state"] == "closed"


async def test_pause_and_resume_show_in_status_in_the_digest_and_stop_the_autopilot(
    world: World, slack: SlackStandIn
) -> None:
    gone = await world.gone("groq", 2, 20)
    await world.answer("openai", await world.models("openai", 20), days=6)
    async with bot_at_work(world, slack) as services:
        await typed(slack, ANA, "pause the vendor said wait", "Autopilot is paused")
        await typed(slack, CHI, "status", "Autopilot paused by ana")
        digest = await digest_of(services, slack)
        assert "Autopilot paused by ana: “the vendor said wait”" in text_of(digest)
        assert set(gone) <= await world.enabled("groq")
        await press(slack, CHI, digest, "resume.digest")
        await told(slack, CHI, "Nothing changed")
        await press(slack, BEN, digest, "resume.digest")
        await told(slack, BEN, "It had been paused by ana")
        await slack.until(lambda: cards(now(slack, digest), "pause") == ["digest"])
        await typed(slack, ANA, "execute", "disabled 2 groq models")


async def test_the_pause_button_asks_for_a_reason_and_becomes_resume(
    world: World, slack: SlackStandIn
) -> None:
    await world.gone_on_bedrock()
    async with bot_at_work(world, slack, max_changes_unattended=0) as services:
        digest = await digest_of(services, slack)
        await press(slack, ANA, digest, "pause.digest")
        await form(slack, ANA)
        await slack.person(ANA).submit(texts={"note": "<!channel> freeze"})
        assert "Autopilot is paused" in await result(slack, ANA)
        assert cards(now(slack, digest), "resume") == ["digest"]
        assert "Autopilot paused by ana: “&lt;!channel&gt; freeze”" in text_of(now(slack, digest))
        await typed(slack, ANA, "resume", "The pause is over: autopilot on")
        assert cards(now(slack, digest), "pause") == ["digest"]
        assert "Autopilot on, " in text_of(now(slack, digest))


async def test_a_user_group_may_approve_and_is_looked_up_now_and_then(world: World) -> None:
    await world.gone_on_bedrock()
    groups = [Group("S0CALL", "bench-oncall", (ANA,))]
    async with slack_stand_in(groups=groups, scopes=WITH_GROUPS) as slack:
        async with bot_at_work(world, slack, approvers=("S0CALL",), max_changes_unattended=0) as services:
            await digest_of(services, slack)
            await typed(slack, BEN, "pause", "<!subteam^S0CALL> can do this")
            await typed(slack, ANA, "pause", "Autopilot is paused")
            await typed(slack, ANA, "resume", "The pause is over: autopilot on")
            assert len(slack.called("usergroups.users.list")) == 1, "it is cached"
            slack.workspace.groups["S0CALL"] = Group("S0CALL", "bench-oncall", (BEN,))
            world.clock.pass_(minutes=6)
            await typed(slack, BEN, "pause", "Autopilot is paused")
            await typed(slack, ANA, "resume", "can do this")
        assert slack.rejections == []


async def test_a_group_that_cannot_be_read_lets_nobody_in_and_is_said(world: World) -> None:
    await world.gone_on_bedrock()
    scopes = ("chat:write", "commands", "files:write", "channels:history")
    async with (
        slack_stand_in(groups=[Group("S0CALL", "oncall", (ANA,))], scopes=scopes) as slack,
        bot_at_work(world, slack, approvers=("S0CALL",), max_changes_unattended=0) as services,
    ):
        await typed(slack, ANA, "pause", "<!subteam^S0CALL> can do this")
        trouble = "The approvers' group S0CALL can't be read (missing_scope): nobody may approve as a member"
        assert trouble in await typed(slack, ANA, "status", "Autopilot on")
        assert trouble in text_of(await digest_of(services, slack))


async def test_members_of_a_group_that_cannot_be_read_any_more_may_go_on_for_an_hour(world: World) -> None:
    groups = [Group("S0CALL", "oncall", (ANA,))]
    async with (
        slack_stand_in(groups=groups, scopes=WITH_GROUPS) as slack,
        bot_at_work(world, slack, approvers=("S0CALL",)),
    ):
        await typed(slack, ANA, "pause", "Autopilot is paused")
        slack.workspace.scopes = frozenset(WITH_GROUPS) - {"usergroups:read"}
        world.clock.pass_(minutes=6)
        await typed(slack, ANA, "resume", "The pause is over: autopilot on")
        await typed(slack, BEN, "pause", "can do this")
        await typed(slack, ANA, "status", "its members as last read may approve")
        world.clock.pass_(minutes=55)
        await typed(slack, ANA, "pause", "can do this")


async def test_status_names_the_brakes_that_hold_and_what_is_used(world: World, slack: SlackStandIn) -> None:
    await world.gone_on_bedrock()
    async with bot_at_work(world, slack, max_changes_unattended=3) as services:
        await digest_of(services, slack)
        said = await typed(slack, CHI, "status", "Autopilot on, 3 of 3 changes used")
        assert "Holding back: 3 models, because alone I may switch off only 3 of bedrock's 19 models" in said


async def test_status_says_that_the_unattended_changes_are_used_up(world: World, slack: SlackStandIn) -> None:
    await world.gone_on_bedrock()
    async with bot_at_work(world, slack, max_changes_unattended=2) as services:
        await digest_of(services, slack)
        said = await typed(slack, CHI, "status", "Autopilot on, 2 of 2 changes used")
        assert "all 2 changes that I may make before a person acts are used" in said
