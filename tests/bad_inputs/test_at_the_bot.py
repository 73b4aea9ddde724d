"""Bad clicks, dialogs, commands, requests, rows and documents: none changes, leaks from, or stops a bot."""

import asyncio
import json
from contextlib import suppress
from datetime import timedelta
from typing import Any

from pymongo.errors import PyMongoError

from bad_inputs import corpus
from bot.services import Services
from faults.odd_documents import VALUES, odd_document
from operator_core.store.indexes import make_ready
from sandbox.database import free_port
from sandbox.slack import Message, SlackStandIn
from support.world import ANA, CHANNEL, CHI, World, approve_all_of, bot_at_work, cards, digest_of, now

SECRET = "sk-proj-4f9Q2mZx7Lk1Vb8Nc3Rt6Yp0Ws5Ud"
MOST_OF = 11
"""Of twelve documents that each type is tried in."""
WAKING = ("<!channel", "<!everyone", "<!here", "<https://evil")
NAMES = ("models", "operator_proposals", "operator_journal", "operator_holds", "model_status")


async def asked(slack: SlackStandIn, services: Services) -> tuple[Message, str]:
    digest = await digest_of(services, slack)
    [card] = cards(digest)
    return digest, card


async def state_of(world: World) -> dict[str, Any]:
    """What no bad input may change."""
    return {name: await world.database[name].find().to_list() for name in NAMES}


def waking(slack: SlackStandIn) -> list[str]:
    """What of all that was sent wakes somebody, leads astray, or shows a secret."""
    said = [json.dumps(dict(call.args), default=str) for call in slack.calls]
    return [text[:200] for text in said if any(mark in text for mark in (*WAKING, SECRET))]


async def goes_on(world: World, slack: SlackStandIn, digest: Message, card: str) -> None:
    """The bot still does what a good click asks for. Of the bad ones one may have opened a dialog in time."""
    if slack.person(ANA).view:
        await slack.person(ANA).close()
    await approve_all_of(slack, ANA, digest, card)
    assert (await world.proposal(card))["state"] == "executed"
    assert cards(now(slack, digest), "undo") == [card]


async def test_no_bad_click_dialog_or_command_changes_anything(world: World, slack: SlackStandIn) -> None:
    await world.gone_on_bedrock()
    slack.courier.ack_seconds = 2.0
    async with bot_at_work(world, slack, max_changes_unattended=0) as services:
        digest, card = await asked(slack, services)
        before = await state_of(world)
        good = slack.person(ANA).pressed(digest, f"approve.{card}")
        await slack.courier.deliver_together("interactive", list(corpus.clicks(good)))
        await slack.courier.deliver_together("interactive", list(corpus.submissions(submission(slack))))
        for text in corpus.COMMANDS:
            await slack.person(CHI).command("/operator", text, CHANNEL)
        await slack.settled()
        assert await state_of(world) == before
        assert waking(slack) == []
        slack.rejections.clear()  # answers to places that don't exist
        await goes_on(world, slack, digest, card)


def submission(slack: SlackStandIn) -> corpus.Json:
    team, domain = slack.workspace.team_id, slack.workspace.domain
    view = {
        "id": "V0NOBODY",
        "type": "modal",
        "callback_id": "",
        "private_metadata": "",
        "state": {"values": {}},
    }
    return {
        "type": "view_submission",
        "user": {"id": ANA, "username": "ana", "name": "ana", "team_id": team},
        "team": {"id": team, "domain": domain},
        "api_app_id": slack.workspace.app_id,
        "trigger_id": "1.2.3",
        "view": {**view, "blocks": [], "hash": "1"},
    }


async def test_no_bad_request_is_taken_for_slacks(world: World, slack: SlackStandIn) -> None:
    await world.gone_on_bedrock()
    port = free_port()
    slack.courier.request_url = f"http://127.0.0.1:{port}/slack/events"
    async with bot_at_work(world, slack, max_changes_unattended=0) as services:
        await asked(slack, services)
        before, calls = await state_of(world), len(slack.calls)
        for request in corpus.REQUESTS:
            said = await answered(port, request)
            assert not said.startswith((b"HTTP/1.1 2", b"HTTP/1.1 5", b"HTTP/1.0 2", b"HTTP/1.0 5")), request[
                :80
            ]
            assert b"Traceback" not in said
        assert await state_of(world) == before
        assert len(slack.calls) == calls


async def answered(port: int, request: bytes) -> bytes:
    """The first line, or nothing where the connection just ends."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request)
        await writer.drain()
        return await asyncio.wait_for(reader.readline(), 0.5)
    except (TimeoutError, ConnectionError):
        return b""
    finally:
        writer.close()


async def test_no_odd_row_or_document_stops_a_day_or_is_changed(world: World, slack: SlackStandIn) -> None:
    await world.gone_on_bedrock()
    odd = [
        odd_document(kind, place, number, world.clock.now)
        for kind in VALUES
        for place in ("models", "rows", "ours")
        for number in (0, 1, 3, 4)
    ]
    await make_ready(world.database, world.clock.now)
    odd = [(name, one) for name, one in odd if await taken(world, name, one)]
    assert len(odd) > MOST_OF * len(VALUES)
    kept = [await world.database[name].find_one({"_id": one["_id"]}) for name, one in odd]
    async with bot_at_work(world, slack, max_changes_unattended=0) as services:
        digest = await digest_of(services, slack)
        [card] = [one for one in cards(digest) if (await world.proposal(one))["provider"] == "bedrock"]
        await goes_on(world, slack, digest, card)
        await services.use_cases.recover()
        await services.use_cases.stores.holds.active()
        world.clock.pass_(hours=24)
        await digest_of_next_day(services, slack)
    for (collection, document), before in zip(odd, kept, strict=True):
        after = await world.database[collection].find_one({"_id": document["_id"]}) or {}
        assert repr({name: after.get(name) for name in before or {}}) == repr(before), collection
    assert waking(slack) == []


async def taken(world: World, collection: str, document: dict[str, Any]) -> bool:
    """Whether the server stores such a thing at all."""
    with suppress(PyMongoError):
        await world.database[collection].insert_one(document)
        return True
    return False


async def digest_of_next_day(services: Services, slack: SlackStandIn) -> None:
    ts = await services.digests.post_due(services.now() + timedelta(minutes=1))
    assert ts is not None
    await slack.settled()
