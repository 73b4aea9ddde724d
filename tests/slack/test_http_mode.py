"""HTTP beside Socket Mode: signatures are checked, retries do no harm. And the endpoints of health."""

import time

import aiohttp
import pytest

from bot.monitoring.health import REMEMBERED_SECONDS, health_endpoint
from bot.serve import probes
from bot.services import Services
from bot.slack.views.actions import Target
from sandbox.slack import SlackStandIn
from support.world import ANA, CHANNEL, World, bot_at_work, digest_of, text_of

OVER_HTTP = pytest.mark.parametrize("mode", ["http"])


async def press(slack: SlackStandIn, digest_ts: str, card: str, services: Services) -> dict[str, object]:
    value = f"{Target.on(await services.use_cases.stores.proposals.get(card))}@{services.deployment.stamp}"
    return {
        "type": "block_actions",
        "user": {"id": ANA, "username": "ana", "team_id": slack.workspace.team_id},
        "team": {"id": slack.workspace.team_id, "domain": slack.workspace.domain},
        "channel": {"id": CHANNEL, "name": "llm-ops"},
        "message": {"ts": digest_ts},
        "trigger_id": slack.workspace.new_trigger(ANA),
        "actions": [
            {
                "type": "button",
                "action_id": f"approve.{card}",
                "block_id": f"{card}.actions",
                "value": value,
            }
        ],
    }


@OVER_HTTP
async def test_a_signed_click_counts_once_however_often_it_is_retried(
    world: World, slack: SlackStandIn
) -> None:
    await world.gone("groq", 1, 3)
    async with bot_at_work(world, slack, max_changes_unattended=0) as services:
        digest = await digest_of(services, slack)
        url = str(slack.courier.request_url)
        payload = await press(slack, digest.ts, "P-1", services)
        for retry in range(3):
            assert (await slack.courier.deliver_http(url, "interactive", payload, retry=retry)).acked
        await slack.until(lambda: "`model-0` on groq disabled" in text_of(slack.messages(CHANNEL)[0]))
        await slack.settled()
        assert len(await world.journal()) == 1


@OVER_HTTP
async def test_a_request_with_a_wrong_or_old_signature_is_refused(world: World, slack: SlackStandIn) -> None:
    await world.gone("groq", 1, 3)
    async with bot_at_work(world, slack, max_changes_unattended=0) as services:
        digest = await digest_of(services, slack)
        signed = slack.courier.signed_request("interactive", await press(slack, digest.ts, "P-1", services))
        wrong = dict(signed.headers) | {"X-Slack-Signature": "v0=" + "0" * 64}
        old = dict(signed.headers) | {"X-Slack-Request-Timestamp": str(int(time.time()) - 600)}
        async with aiohttp.ClientSession() as session:
            for headers in (wrong, old, {}):
                url = str(slack.courier.request_url)
                async with session.post(url, data=signed.body, headers=headers) as answer:
                    assert answer.status == 401
        assert await world.journal() == []


async def test_the_served_bot_tells_whether_it_is_alive_ready_and_what_it_did(
    world: World, slack: SlackStandIn
) -> None:
    await world.gone_on_bedrock()
    async with bot_at_work(world, slack) as services:
        await digest_of(services, slack)
        async with (
            health_endpoint(0, probes(services), services.metrics, host="127.0.0.1") as port,
            aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session,
        ):
            async with session.get("/healthz") as answer:
                assert await answer.json() == {"alive": True}
            async with session.get("/readyz") as answer:
                assert answer.status == 200
            async with session.get("/metrics") as answer:
                words = await answer.text()
            assert "ai_operator_models_enabled 39.0" in words
            slack.fail_next("auth.test", error="token_revoked")
            world.clock.pass_(seconds=REMEMBERED_SECONDS)
            async with session.get("/readyz") as answer:
                assert answer.status == 503
                assert (await answer.json())["missing"] == {"slack": "Slack does not answer"}
