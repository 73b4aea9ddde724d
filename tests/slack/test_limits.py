"""Slack's limits at any size, and a Slack that doesn't let the bot do its work."""

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from operator_core.domain.base import ModelRef
from operator_core.domain.kinds import Kind
from operator_core.domain.proposals import Draft, Member, ProposalAction
from operator_core.domain.situations import Scope
from sandbox.slack import Channel, SlackStandIn, slack_stand_in
from support.world import (
    ANA,
    CHANNEL,
    CHI,
    World,
    bot_at_work,
    cards,
    digest_of,
    form,
    press,
    result,
    shown_more,
    typed,
)

PLACES = ("status", "pending", "history", "holds", "digest")
ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("count", [0, 1, 40, 400])
async def test_every_message_and_view_is_valid_at_any_number_of_proposals(
    world: World, slack: SlackStandIn, count: int
) -> None:
    await world.answer("openai", await world.models("openai", 20), days=6)
    async with bot_at_work(world, slack) as services:
        await services.use_cases.run("test")
        for number in range(count):
            ref = ModelRef(provider=f"provider-{number}" * 3, model_id=f"model-{number}-" + "x" * 200)
            member = Member(ref=ref, enabled=True, sample="it is gone " * 30, gate="6 of 19 is more " * 10)
            members = (member, member.model_copy(update={"ref": ref.model_copy(update={"model_id": "two"})}))
            attend = number % 4 == 3
            draft = Draft(
                fingerprint=f"f{number}",
                action=ProposalAction.ATTEND if attend else ProposalAction.DISABLE,
                provider=ref.provider,
                scope=Scope.PROVIDER if attend else Scope.PATTERN,
                kind=Kind.BILLING if attend else Kind.HARD_MODEL,
                members=members,
                reasoning="because " * 60,
                suggested_by="gpt-5.2",
                provider_enabled=2,
            )
            await services.use_cases.stores.proposals.insert(draft, services.now())
        today = services.now().date()
        ts = await services.digests.post_for(today, skip_run=True)
        assert ts is not None
        await shown_more(slack, slack.messages(CHANNEL)[-1])
        messages = [*slack.messages(CHANNEL), *slack.thread(CHANNEL, ts)]
        shown = [card for message in messages for card in cards(message)]
        assert len(shown) == len(set(shown)) == sum(number % 4 != 3 for number in range(count))
        for place in PLACES:
            await typed(slack, CHI, place, "")
        await slack.person(CHI).open_home()
        await slack.until(lambda: slack.home(CHI))
        if count > 1:
            await press(slack, ANA, messages[0], "approve_all.digest")
            assert "Approve" in str(await form(slack, ANA))


async def test_a_channel_that_the_bot_is_not_in_is_said_in_one_line(world: World) -> None:
    await world.gone_on_bedrock()
    outside = Channel(CHANNEL, "llm-ops", bot_is_member=False)
    async with (
        slack_stand_in(channels=[outside]) as slack,
        bot_at_work(world, slack, max_changes_unattended=0) as services,
    ):
        with pytest.raises(Exception, match="not_in_channel; invite the bot"):
            await services.digests.post_due(services.now())
        assert len(await services.use_cases.stores.proposals.waiting()) == 1, "nothing is lost"


async def test_missing_scopes_are_said_and_what_can_be_done_is_done(world: World) -> None:
    world.clock.pass_(days=3)  # a Monday, with its picture
    await world.gone_on_bedrock()
    async with (
        slack_stand_in(scopes=["commands", "chat:write"]) as slack,
        bot_at_work(world, slack, max_changes_unattended=0) as services,
    ):
        digest = await digest_of(services, slack)
        [said] = slack.thread(CHANNEL, digest.ts)
        assert "missing_scope" in said.text
        assert "files:write" in said.text
        [card] = cards(digest)
        await press(slack, ANA, digest, f"reject.{card}")
        await form(slack, ANA)
        await slack.person(ANA).submit()
        assert "is rejected" in await result(slack, ANA)


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        ("SLACK_BOT_TOKEN", "Slack refused SLACK_BOT_TOKEN"),
        ("SLACK_APP_TOKEN", "Slack refused SLACK_APP_TOKEN"),
    ],
)
async def test_a_token_that_slack_refuses_ends_serve_with_one_line(
    slack: SlackStandIn, mongodb_uri: str, database_name: str, tmp_path: Path, token: str, expected: str
) -> None:
    config = (ROOT / "operator.toml").read_text(encoding="utf-8")
    config = config.replace("https://slack.com/api/", slack.api_url).replace(
        '"llm-bench"', f'"{database_name}"'
    )
    (tmp_path / "operator.toml").write_text(config, encoding="utf-8")
    environment = {
        "PATH": os.environ["PATH"],
        "MONGODB_URI": mongodb_uri,
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_APP_TOKEN": slack.app_token,
        token: {"SLACK_BOT_TOKEN": "xoxb-revoked", "SLACK_APP_TOKEN": "xapp-revoked"}[token],
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "bot", "--config", str(tmp_path / "operator.toml"), "serve"),
        cwd=ROOT,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        out, err = await asyncio.wait_for(process.communicate(), 30)
    except TimeoutError:
        process.kill()
        raise
    words = (out + err).decode()
    assert process.returncode == 2
    assert expected in words
    assert "Traceback" not in words
    slack.rejections.clear()


ALIKE = {
    "bedrock": "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/eu.anthropic.claude-{n}",
    "fireworks": "accounts/a-team-with-a-very-long-name-indeed/deployedModels/llama-v3p3-70b-instruct-{n}",
    "vertex": "projects/bench-{n}/locations/us-central1/publishers/mistralai/models/mistral-large-2411-it",
}
"""Ids of over 75 characters, which tell each other apart at the end, or near the beginning."""


@pytest.mark.both_modes
@pytest.mark.parametrize("provider", ALIKE)
async def test_names_that_are_long_and_alike_are_told_apart_by_what_is_ticked(
    world: World, slack: SlackStandIn, provider: str
) -> None:
    names = await world.models(provider, 5, name=ALIKE[provider])
    async with bot_at_work(world, slack):
        await slack.person(ANA).command("/operator", f"disable {provider}", CHANNEL)
        kept = offered(await form(slack, ANA))
        assert len(kept) == 5, "no two alike"
        (other,) = (value for words, value in kept.items() if apart(words, provider) == "3")
        await slack.person(ANA).submit(untick={other})
        await result(slack, ANA)
        assert await world.enabled(provider) == {names[3]}
        await slack.person(ANA).command("/operator", "undo J-1", CHANNEL)
        back = offered(await form(slack, ANA))
        assert {apart(words, provider) for words in back} == {"0", "1", "2", "4"}
        (one,) = (value for words, value in back.items() if apart(words, provider) == "2")
        await slack.person(ANA).submit(untick=set(back.values()) - {one})
        await result(slack, ANA)
        assert await world.enabled(provider) == {names[2], names[3]}


def offered(view: dict[str, Any]) -> dict[str, str]:
    """What each checkbox of a dialog stands for, by its words."""
    options = (o for block in view["blocks"] for o in block.get("element", {}).get("options", ()))
    return {option["text"]["text"]: option["value"] for option in options}


def apart(words: str, provider: str) -> str:
    """The sign that tells it from the others."""
    before = ALIKE[provider].partition("{n}")[0][-6:]
    return words.partition(before)[2][0]
