"""`ai-operator serve` as a process: it comes up, says how it is, works, and goes when it is told to."""

import json
from datetime import UTC, datetime
from pathlib import Path

import aiohttp

from bot.slack.posting.digests import EVENT
from sandbox.database import free_port
from sandbox.serving import environment, serving, settings_text
from sandbox.slack import Message, SlackStandIn
from support.world import ANA, BEN, CHANNEL, Clock, Database, World, cards, now, press

PATIENCE = 60.0
UNREACHABLE = "http://127.0.0.1:9/"


async def test_serve_posts_the_digest_carries_a_click_out_and_answers_its_probes(
    mongodb_uri: str, database: Database, slack: SlackStandIn, tmp_path: Path
) -> None:
    world = World(database, Clock(datetime.now(UTC)))
    [gone] = await world.gone("bedrock", 1, 2)
    port = free_port()
    settings, log = tmp_path / "operator.toml", tmp_path / "serve.log"
    settings.write_text(toml_for(database, slack, port))
    async with serving(settings, environment(mongodb_uri, slack), log) as process:
        await slack.until(lambda: digest_in(slack) or process.returncode is not None, PATIENCE)
        digest = digest_in(slack)
        assert digest is not None, log.read_text()
        await slack.settled(PATIENCE)

        assert await get(port, "/healthz") == (200, '{"alive": true}')
        assert await get(port, "/readyz") == (200, '{"ready": true, "missing": {}}')
        status, metrics = await get(port, "/metrics")
        assert status == 200
        assert "ai_operator_models_enabled 2.0" in metrics
        assert "ai_operator_llm_fallbacks_total 1.0" in metrics, "no LLM was named"

        [card] = cards(digest)
        await press(slack, ANA, digest, f"approve.{card}")
        await slack.until(lambda: cards(now(slack, digest), "undo") == [card], PATIENCE)
        assert gone not in await world.enabled("bedrock")
        assert len(slack.called("auth.test")) == 2, "at the start, and once for all who looked"

        await process.stop()
        assert process.returncode == 0
    said = log.read_text()
    assert "stopping" in said
    assert {"event", "level", "logger", "timestamp"} <= set.intersection(
        *(set(json.loads(line)) for line in said.splitlines())
    )
    assert "`token`" not in said, "nobody learns from Bolt that we gave it a client"
    assert slack.bot_token not in said
    assert slack.app_token not in said


def toml_for(database: Database, slack: SlackStandIn, port: int) -> str:
    return settings_text(
        {
            "database": database.name,
            "api_url": slack.api_url,
            "health_port": port,
            "channel": CHANNEL,
            "approvers": [ANA, BEN],
            "digest_at": "00:00",
            "autopilot": "off",
            "openrouter_url": UNREACHABLE,
            "models_dev_url": UNREACHABLE,
            "litellm_url": UNREACHABLE,
        }
    )


def digest_in(slack: SlackStandIn) -> Message | None:
    return next((message for message in slack.messages(CHANNEL) if message.event == EVENT), None)


async def get(port: int, path: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}{path}") as answer:
        return answer.status, await answer.text()
