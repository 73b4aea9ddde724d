"""A dead bot is noticed: Slack itself says so, unless each digest moves that on."""

from datetime import UTC, datetime

import pytest

from bot.slack.posting.last_words import leave_last_words
from sandbox.slack import SlackStandIn
from support.world import ANA, BEN, CHANNEL, Clock, Database, World, bot_at_work, digest_of, text_of, typed


@pytest.fixture
def today(database: Database) -> World:
    """Slack's clock is the real one here; the digest is due at 08:00 UTC."""
    at = datetime.now(UTC).replace(hour=9, minute=0, second=0, microsecond=0)
    return World(database, Clock(at))


def due_at(slack: SlackStandIn) -> list[datetime]:
    return [datetime.fromtimestamp(message.post_at, UTC) for message in slack.scheduled]


async def test_each_digest_moves_it_on_and_a_bot_that_stops_is_missed(
    today: World, slack: SlackStandIn
) -> None:
    slack.pass_time((today.clock.now - datetime.now(UTC)).total_seconds())
    async with bot_at_work(today, slack) as services:
        await digest_of(services, slack)
        for day in range(1, 4):
            await leave_last_words(services)
            await leave_last_words(services)
            [post_at] = due_at(slack)
            assert (post_at.hour, post_at.minute) == (9, 0)
            assert post_at.date() > today.clock.now.date()
            if day < 3:
                today.clock.pass_(hours=23.5)
                slack.pass_time(23.5 * 3600)
                await digest_of(services, slack)
        assert "metadata" not in slack.called("chat.scheduleMessage")[-1].args
    roots = len(slack.messages(CHANNEL))
    slack.pass_time(25 * 3600)
    [*_, alarm] = slack.messages(CHANNEL)
    assert len(slack.messages(CHANNEL)) == roots + 1
    assert "No digest since" in text_of(alarm)
    assert f"<@{ANA}>" in alarm.text
    assert f"<@{BEN}>" in alarm.text


async def test_a_digest_that_did_not_come_leaves_it_standing(today: World, slack: SlackStandIn) -> None:
    slack.pass_time((today.clock.now - datetime.now(UTC)).total_seconds())
    async with bot_at_work(today, slack) as services:
        await digest_of(services, slack)
        await leave_last_words(services)
        before = due_at(slack)
        today.clock.pass_(hours=23.2)
        slack.pass_time(23.2 * 3600)
        slack.change_channel(CHANNEL, closed="is_archived")
        with pytest.raises(Exception, match="is_archived"):
            await services.digests.post_due(services.now())
        await leave_last_words(services)
        assert due_at(slack) == before


async def test_two_replicas_leave_one_and_orphans_are_withdrawn(today: World, slack: SlackStandIn) -> None:
    slack.pass_time((today.clock.now - datetime.now(UTC)).total_seconds())
    async with bot_at_work(today, slack) as one, bot_at_work(today, slack) as two:
        await digest_of(one, slack)
        await leave_last_words(one)
        await leave_last_words(two)
        assert len(slack.scheduled) == 1
        [ours] = slack.scheduled
        deployment, client, later = one.deployment, one.client, int(slack.workspace.now()) + 50_000
        for _ in range(3):  # a process that died between scheduling and keeping the id
            await client.chat_scheduleMessage(channel=CHANNEL, text=ours.text, post_at=later)
        mine = f"{deployment.database} (deployment {deployment.id})"
        assert f"AI Operator for {mine} looks dead." in ours.text
        theirs = [
            ours.text.replace(mine, f"{deployment.database}-staging (deployment {deployment.id[::-1]})"),
            ours.text.replace(deployment.id, "another"),
            ours.text.replace(f" {deployment.database} ", f" pre-{deployment.database} "),
            "lunch",
        ]
        others = {
            str(
                (await client.chat_scheduleMessage(channel=CHANNEL, text=text, post_at=later))[
                    "scheduled_message_id"
                ]
            )
            for text in theirs
        }
        today.clock.pass_(hours=23.5)
        slack.pass_time(0.5 * 3600)
        await digest_of(one, slack)
        await leave_last_words(two)
        left = {message.id for message in slack.scheduled}
        assert len(left) == 1 + len(others)
        assert others < left
        assert ours.id not in left


@pytest.mark.parametrize("code", ["unknown_method", "missing_scope", "restricted_action"])
async def test_where_slack_takes_none_it_is_said(today: World, slack: SlackStandIn, code: str) -> None:
    slack.pass_time((today.clock.now - datetime.now(UTC)).total_seconds())
    async with bot_at_work(today, slack) as services:
        await digest_of(services, slack)
        slack.fail_next("chat.scheduleMessage", error=code)
        await leave_last_words(services)
        await leave_last_words(services)
        assert len(slack.called("chat.scheduleMessage")) == 1
        said = await typed(slack, ANA, "status", "If I died, nobody would be told")
        assert code in said
