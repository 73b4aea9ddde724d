"""Ready means: hears, reads, writes, and may speak. And a start that waits out Slack's bad minutes."""

import asyncio
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.monitoring.health import health_endpoint
from bot.serve import probes
from bot.slack.errors import SlackRefused
from operator_core.errors import ConfigurationError
from sandbox.database import free_port
from sandbox.serving import environment, serving, settings_text
from sandbox.slack import SlackStandIn
from support.world import ANA, CHANNEL, Database, World, bot_at_work, digest_of


async def test_without_a_socket_it_is_not_ready_and_metrics_say_which_part(
    world: World, slack: SlackStandIn
) -> None:
    await world.gone_on_bedrock()
    async with bot_at_work(world, slack) as services:
        await digest_of(services, slack)
        await slack.person(ANA).command("/operator", "help", CHANNEL)
        slack.fail_next("chat.update", error="internal_error", times=3)
        await services.digests.show_switch()
        async with (
            health_endpoint(0, probes(services), services.metrics, host="127.0.0.1") as port,
            aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session,
        ):
            assert (await session.get("/readyz")).status == 200
            words = await (await session.get("/metrics")).text()
            assert 'ai_operator_ready{part="hearing"} 1.0' in words
            assert 'ai_operator_envelopes_total{kind="command"} 1.0' in words
            assert "ai_operator_last_envelope_timestamp_seconds 1" in words
            assert "ai_operator_runs_total 1.0" in words
            assert "ai_operator_results_lag_seconds" in words
            slack.revoke(slack.app_token)
            await slack.courier.close()
            await asyncio.sleep(0.2)
            answer = await session.get("/readyz")
            assert answer.status == 503
            assert (await answer.json())["missing"] == {
                "hearing": "no connection to Slack is open, so no click is heard"
            }
            assert 'ai_operator_ready{part="hearing"} 0.0' in await (await session.get("/metrics")).text()
    slack.rejections[:] = [one for one in slack.rejections if "apps.connections.open" not in one]


async def test_failed_posts_and_refused_edits_are_counted(world: World, slack: SlackStandIn) -> None:
    async with bot_at_work(world, slack) as services:
        for method in ("chat.postMessage", "chat.update", "chat.postEphemeral"):
            slack.fail_next(method, error="is_archived")
        for call in (
            services.client.chat_postMessage(channel=CHANNEL, text="x"),
            services.client.chat_update(channel=CHANNEL, ts="1.1", text="x"),
            services.client.chat_postEphemeral(channel=CHANNEL, user=ANA, text="x"),
        ):
            with pytest.raises(Exception, match="is_archived"):
                await call
        for method in ("chat.postMessage", "chat.update", "chat.postEphemeral"):
            labels = {"method": method, "cause": "is_archived"}
            counted = services.metrics.registry.get_sample_value("ai_operator_slack_refusals_total", labels)
            assert counted == 1


BAD = {
    "internal_error": ("", 200),
    "fatal_error": ("", 200),
    "service_unavailable": ("", 200),
    "team_added_to_org": ("", 200),
    "an answer that says nothing": ("{}", 200),
    "a list": ("[]", 200),
    "half an answer": ('{"ok": tr', 200),
    "a limit that names no time": ('{"ok": false, "error": "ratelimited"}', 429),
    "a refusal in a gateway's answer": ('{"message": "Gateway Timeout"}', 504),
    "an empty 503": ("", 503),
    "a page of HTML": ("<html>maintenance</html>", 200),
    "a gateway": ("Bad gateway", 502),
}


@pytest.mark.parametrize("method", ["auth.test", "apps.connections.open"])
@pytest.mark.parametrize("name", BAD)
async def test_a_start_waits_while_slack_has_a_bad_minute(
    world: World, slack: SlackStandIn, method: str, name: str
) -> None:
    body, status = BAD[name]
    if body or status != 200:
        slack.answer_next(method, body, status=status)
    else:
        slack.fail_next(method, error=name)
    async with bot_at_work(world, slack):
        assert len(slack.called(method)) >= 2


@pytest.mark.parametrize("method", ["auth.test", "apps.connections.open"])
async def test_a_start_waits_as_long_as_slack_asks(world: World, slack: SlackStandIn, method: str) -> None:
    slack.fail_next(method, error="ratelimited", status=429, retry_after=2)
    began = asyncio.get_running_loop().time()
    async with bot_at_work(world, slack):
        assert asyncio.get_running_loop().time() - began >= 2


@pytest.mark.parametrize(
    ("method", "token"), [("auth.test", "SLACK_BOT_TOKEN"), ("apps.connections.open", "SLACK_APP_TOKEN")]
)
@pytest.mark.parametrize("code", ["invalid_auth", "token_revoked", "missing_scope", "not_allowed_token_type"])
async def test_a_real_refusal_ends_the_start_with_its_cause(
    world: World, slack: SlackStandIn, method: str, token: str, code: str
) -> None:
    slack.fail_next(method, error=code)
    with pytest.raises(ConfigurationError, match=f"Slack refused {token}: {code}; "):
        async with bot_at_work(world, slack):
            pass


@pytest.mark.parametrize(
    "whose",
    [
        {"team_id": "E0ALL", "enterprise_id": "E0ALL", "is_enterprise_install": True},
        {"team_id": "E0ALL", "enterprise_id": "E0ALL"},
        {"team_id": "T0ONE", "enterprise_id": "E0ALL", "is_enterprise_install": True},
    ],
)
async def test_an_app_of_a_whole_organisation_is_refused_and_told_what_to_do(
    world: World, slack: SlackStandIn, whose: dict[str, Any]
) -> None:
    slack.answer_next(
        "auth.test", json.dumps({"ok": True, "user_id": "U0BOT", **whose}), kind="application/json"
    )
    with pytest.raises(ConfigurationError, match="install it to one workspace"):
        async with bot_at_work(world, slack):
            pass


async def test_a_workspace_within_an_organisation_is_served(world: World, slack: SlackStandIn) -> None:
    one = {"team_id": slack.workspace.team_id, "enterprise_id": "E0ALL", "is_enterprise_install": False}
    slack.answer_next(
        "auth.test", json.dumps({"ok": True, "user_id": "U0BOT", **one}), kind="application/json"
    )
    async with bot_at_work(world, slack):
        assert (await slack.person(ANA).command("/operator", "status", CHANNEL)).acked


async def test_while_it_waits_the_process_is_alive_and_not_ready(
    mongodb_uri: str, database: Database, slack: SlackStandIn, tmp_path: Path
) -> None:
    port = free_port()
    changes = {"database": database.name, "api_url": slack.api_url, "health_port": port, "channel": CHANNEL}
    settings = tmp_path / "operator.toml"
    settings.write_text(settings_text({**changes, "approvers": [ANA], "digest_at": "23:59"}))
    slack.answer_next("auth.test", "<html>We'll be back</html>", status=503, times=3)

    async def probed(path: str) -> tuple[int, str]:
        try:
            async with aiohttp.request("GET", f"http://127.0.0.1:{port}{path}") as answer:
                return answer.status, await answer.text()
        except aiohttp.ClientError:
            return 0, ""

    async def reached(path: str, status: int) -> str:
        for _ in range(600):
            answer = await probed(path)
            if answer[0] == status:
                return answer[1]
            await asyncio.sleep(0.1)
        raise AssertionError(f"{path} never answered {status}")

    async with serving(settings, environment(mongodb_uri, slack), tmp_path / "log"):
        await reached("/healthz", 200)
        assert "waiting for Slack" in await reached("/readyz", 503)
        await reached("/readyz", 200)
    assert "waiting for Slack" in (tmp_path / "log").read_text()


OVER_HTTP = pytest.mark.parametrize("mode", ["http"])
DEAF = {
    "slack": lambda slack: slack.revoke(slack.bot_token),
    "channel": lambda slack: slack.change_channel(CHANNEL, closed="is_archived"),
    "channel that it left": lambda slack: slack.change_channel(CHANNEL, bot_is_member=False),
}


@OVER_HTTP
@pytest.mark.parametrize("what", DEAF)
async def test_over_http_the_open_port_hears_and_what_else_is_wrong_makes_it_not_ready(
    world: World, slack: SlackStandIn, what: str
) -> None:
    async with (
        bot_at_work(world, slack) as services,
        health_endpoint(0, probes(services), services.metrics, host="127.0.0.1") as port,
        aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session,
    ):
        await slack.person(ANA).command("/operator", "help", CHANNEL)
        assert (await session.get("/readyz")).status == 200
        words = await (await session.get("/metrics")).text()
        assert 'ai_operator_ready{part="hearing"} 1.0' in words
        assert 'ai_operator_envelopes_total{kind="command"} 1.0' in words
        DEAF[what](slack)
        with suppress(SlackRefused):
            await services.digests.post_due(services.now())
        world.clock.pass_(minutes=5)  # what a probe said is remembered for a while
        answer = await session.get("/readyz")
        assert answer.status == 503
        assert what.split()[0] in (await answer.json())["missing"]
    slack.rejections.clear()


@OVER_HTTP
@pytest.mark.parametrize("name", ["internal_error", "an empty 503", "half an answer"])
async def test_over_http_too_a_start_waits_while_slack_has_a_bad_minute(
    world: World, slack: SlackStandIn, name: str
) -> None:
    body, status = BAD[name]
    if body or status != 200:
        slack.answer_next("auth.test", body, status=status)
    else:
        slack.fail_next("auth.test", error=name)
    async with bot_at_work(world, slack):
        assert len(slack.called("auth.test")) >= 2
        assert (await slack.person(ANA).command("/operator", "status", CHANNEL)).acked
