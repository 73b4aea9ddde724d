"""MongoDB is away, a document is broken, a payload is not what Slack sends: the person hears of it."""

from contextlib import ExitStack
from datetime import UTC, datetime

import pytest
from pymongo import AsyncMongoClient

from bot.slack.posting.incidents import incidents
from operator_core.errors import StoreUnavailable
from sandbox.database import embedded_server, fresh_name
from sandbox.slack import SlackStandIn
from support.world import (
    ANA,
    CHANNEL,
    Document,
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

pytestmark = pytest.mark.both_modes

START = datetime(2026, 11, 17, tzinfo=UTC)


async def test_whoever_acts_while_mongodb_is_away_is_told_and_no_dialog_hangs(slack: SlackStandIn) -> None:
    with ExitStack() as server:
        uri = server.enter_context(embedded_server())
        async with AsyncMongoClient[Document](uri, tz_aware=True, serverSelectionTimeoutMS=300) as client:
            world = World(client[fresh_name()])
            await world.gone_on_bedrock()
            async with bot_at_work(world, slack, max_changes_unattended=0) as services:
                digest = await digest_of(services, slack)
                [card] = cards(digest)
                await press(slack, ANA, digest, f"approve.{card}")
                await slack.until(lambda: (slack.person(ANA).view or {}).get("submit"))
                server.close()
                await slack.person(ANA).submit()
                assert "MongoDB did not do what was asked" in await result(slack, ANA)
                await press(slack, ANA, digest, f"approve.{card}")
                await told(slack, ANA, "MongoDB did not do what was asked")
                await typed(slack, ANA, "holds", "MongoDB did not do what was asked")
                await slack.person(ANA).command("/operator", "disable bedrock", CHANNEL)
                assert "MongoDB did not do what was asked" in await result(slack, ANA)
                assert cards(now(slack, digest)) == [card], "the card waits"


async def test_a_document_that_somebody_broke_is_named(world: World, slack: SlackStandIn) -> None:
    await world.gone_on_bedrock()
    async with bot_at_work(world, slack, max_changes_unattended=0) as services:
        digest = await digest_of(services, slack)
        [card] = cards(digest)
        await world.database["operator_proposals"].update_one({"_id": card}, {"$set": {"revision": "two"}})
        await press(slack, ANA, digest, f"approve.{card}")
        said = await told(slack, ANA, f"{card} in operator_proposals can't be read by this version")
        assert "revision" in said
        assert len(await world.enabled("bedrock")) == 19


async def test_what_nobody_thought_of_is_said_to_the_person_who_waits(
    world: World, slack: SlackStandIn
) -> None:
    await world.gone_on_bedrock()
    async with bot_at_work(world, slack, max_changes_unattended=0) as services:
        digest = await digest_of(services, slack)
        [card] = cards(digest)
        payload = slack.person(ANA).pressed(digest, f"approve.{card}")
        payload["actions"] = [{"type": "button", "action_id": f"approve.{card}", "selected_option": None}]
        assert (await slack.courier.deliver("interactive", payload)).acked
        await told(slack, ANA, "Something went wrong here (ValueError); the log says more")
        assert len(await world.enabled("bedrock")) == 19


async def nobody_thought_of_it(*_: object) -> None:
    raise TypeError("what nobody thought of")


async def test_what_nobody_thought_of_is_said_in_the_dialog_that_waits(
    world: World, slack: SlackStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.gone_on_bedrock()
    async with bot_at_work(world, slack, max_changes_unattended=0) as services:
        digest = await digest_of(services, slack)
        await press(slack, ANA, digest, "pause.digest")
        await form(slack, ANA)
        monkeypatch.setattr("operator_core.store.records.state.People.names", nobody_thought_of_it)
        await slack.person(ANA).submit()
        assert "Something went wrong here (TypeError)" in await result(slack, ANA)


async def test_what_nobody_thought_of_leaves_no_dialog_waiting_that_a_command_opened(
    world: World, slack: SlackStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.gone_on_bedrock()
    async with bot_at_work(world, slack, max_changes_unattended=0) as services:
        digest = await digest_of(services, slack)
        await press(slack, ANA, digest, "pause.digest")
        await form(slack, ANA)
        await slack.person(ANA).close()
        monkeypatch.setattr("operator_core.store.records.state.People.names", nobody_thought_of_it)
        await slack.person(ANA).command("/operator", "disable bedrock", CHANNEL)
        assert "Something went wrong here (TypeError)" in await result(slack, ANA)
        await told(slack, ANA, "Something went wrong here (TypeError)")


@pytest.mark.parametrize(
    ("button", "broken", "words"),
    [
        ("approve.{card}", "errors_cloud", "The collection errors_cloud could not be read"),
        ("approve_all.digest", "operator_proposals", "MongoDB did not do what was asked"),
    ],
)
async def test_a_dialog_that_waits_for_what_cannot_be_read_says_so(
    world: World, slack: SlackStandIn, button: str, broken: str, words: str
) -> None:
    await world.gone_on_bedrock()
    await world.gone("groq", 2, 20)
    async with bot_at_work(world, slack, max_changes_unattended=0) as services:
        digest = await digest_of(services, slack)
        card = cards(digest)[0]
        await world.database[broken].drop()
        await world.database.create_collection(broken, viewOn="models", pipeline=[{"$no": {}}])
        await press(slack, ANA, digest, button.format(card=card))
        assert words in await result(slack, ANA)


async def test_a_dialog_that_slack_does_not_open_is_told(world: World, slack: SlackStandIn) -> None:
    await world.gone_on_bedrock()
    async with bot_at_work(world, slack, max_changes_unattended=0) as services:
        digest = await digest_of(services, slack)
        [card] = cards(digest)
        for count, button in enumerate((f"approve.{card}", f"reject.{card}", "pause.digest"), 1):
            slack.fail_next("views.open", error="expired_trigger_id")
            await press(slack, ANA, digest, button)
            await slack.until(lambda: len(slack.ephemerals(ANA)) == count)  # noqa: B023 - awaited right here
            await told(slack, ANA, "The dialog could not be opened, so nothing happened")
        slack.fail_next("views.open", error="expired_trigger_id")
        await typed(slack, ANA, "disable bedrock", "The dialog could not be opened, so nothing happened")


@pytest.mark.parametrize(
    ("collection", "document"),
    [
        ("operator_proposals", {"_id": "P-900", "state": "deferred", "fingerprint": "f-900"}),
        ("operator_journal", {"_id": "J-900", "started_at": START, "state": "open", "action": "quarantine"}),
        ("operator_holds", {"_id": "H-900", "active": True, "provider": "groq", "origin": "escalated"}),
        ("operator_runs", {"_id": "R-900", "started_at": START, "outcome": "halved"}),
        ("operator_state", {"_id": "incident:900", "seen": {"trouble": "flood"}}),
    ],
)
async def test_what_another_version_wrote_is_named_in_status_and_digest_and_stops_nothing(
    world: World, slack: SlackStandIn, collection: str, document: Document
) -> None:
    await world.gone_on_bedrock()
    await world.database[collection].insert_one(document)
    async with bot_at_work(world, slack, max_changes_unattended=0) as services:
        await incidents(services)
        digest = await digest_of(services, slack)
        assert cards(digest), "the others are put to people"
        named = f"{document['_id']} in {collection} can't be read by this version"
        assert named in text_of(digest)
        assert await typed(slack, ANA, "status", named)


@pytest.mark.parametrize(
    ("where", "error"),
    [
        (
            "operator_core.use_cases.generate_decisions",
            ZeroDivisionError("surprise sk-proj-abcdefghijklmnop0123"),
        ),
        ("operator_core.store.records.memory.Memory.remember_verdicts", KeyError("models")),
        (
            "operator_core.store.records.proposals.reaction",
            UnicodeEncodeError("utf-8", "\ud800", 0, 1, "lone"),
        ),
        ("operator_core.use_cases.notice_reenabled", StoreUnavailable("one document is too large")),
    ],
)
async def test_whatever_a_run_raises_is_in_the_ledger_in_one_digest_and_in_status(
    world: World, slack: SlackStandIn, monkeypatch: pytest.MonkeyPatch, where: str, error: Exception
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise error

    await world.gone_on_bedrock()
    async with bot_at_work(world, slack, max_changes_unattended=0) as services:
        await services.use_cases.run("cli:test")
        monkeypatch.setattr(where, broken)
        digest = await digest_of(services, slack)
        assert "Could not look: " in text_of(digest)
        assert "sk-proj" not in text_of(digest)
        assert await services.digests.post_for(services.now().date()) is None, "one a day"
        said = await typed(slack, ANA, "status", "The last run failed: ")
    assert (type(error).__name__ in said) or (str(error) in said)
    outcomes = [run["outcome"] for run in await world.database["operator_runs"].find({}).to_list()]
    assert sorted(outcomes) == ["failed", "good"] or sorted(outcomes) == ["degraded", "failed"]


@pytest.mark.parametrize(
    "where",
    [
        "bot.slack.posting.digests.digest",
        "bot.slack.posting.digests.digest_content",
        "bot.slack.posting.records.remember",
    ],
)
async def test_a_digest_that_can_not_be_made_is_said_once_instead_of_silence(
    world: World, slack: SlackStandIn, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("surprise")

    await world.gone_on_bedrock()
    async with bot_at_work(world, slack, max_changes_unattended=0) as services:
        monkeypatch.setattr(where, broken)
        await services.digests.post_for(services.now().date())
        await services.digests.post_for(services.now().date())
        root = slack.messages(CHANNEL)[0]
        shown = {m.ts: m for m in (*slack.messages(CHANNEL), *slack.thread(CHANNEL, root.ts))}
        said = [m for m in shown.values() if "ZeroDivisionError: surprise" in str(m.blocks)]
        assert len(said) == 1
