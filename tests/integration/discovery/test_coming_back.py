"""A model that came back is enabled for one day: its runs confirm it, or it is switched off as it was."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from bson import ObjectId
from pymongo.asynchronous.database import AsyncDatabase

from bot.discovery_job import BY_TRIAL, end_trials
from operator_core.domain.base import ModelRef
from operator_core.domain.holds import HoldDraft, Origin
from operator_core.domain.mode import Pause
from operator_core.domain.proposals import Proposal, ProposalAction, State
from operator_core.execution.executor import Executor, Progress
from operator_core.use_cases import UseCases
from support.core import core_over
from support.shipped import SETTINGS
from support.small_catalogue import MONGO
from support.small_market import MODELS, World, listing, world

Document = dict[str, Any]
GPT4 = ModelRef(provider="openai", model_id="gpt-4")
DAY = timedelta(days=1)


@dataclass
class Back:
    """gpt-4, which was switched off, vanished, came back, and was enabled by ana."""

    here: World
    core: UseCases
    before: Document
    journal_id: str

    async def model(self) -> Document:
        [found] = await self.here.database[MONGO.models].find({"model_id": "gpt-4"}).to_list()
        return found

    async def ran(self, well: bool, after: timedelta, **said: object) -> None:
        row = {"provider": "openai", "model_name": "gpt-4"}
        moment = self.here.now + after
        if well:
            await self.here.database[MONGO.successes].insert_one({**row, "gen_ts": moment, **said})
        else:
            failed = {**row, "ts": moment, "message": "model gpt-4 does not exist", **said}
            await self.here.database[MONGO.errors].insert_one(failed)

    async def ended(self, after: timedelta) -> list[str]:
        """The undos that the end of its trial brings, so long after it was enabled."""
        now, self.here.now = self.here.now, self.here.now + after
        done = await end_trials(self.core, self.here.discoverer)
        self.here.now = now
        return [one.entry.id for one in done]


async def asked(here: World, now: datetime) -> list[Proposal]:
    found = await here.discoverer.discover(now, ask=False)
    published = await here.discoverer.publish(found, now)
    return [one for one in published if one.action == ProposalAction.ENABLE]


@pytest.fixture
async def back(database: AsyncDatabase[Document]) -> AsyncIterator[Back]:
    async with world(database) as here:
        await here.discoverer.fetch(here.now)
        here.lists.serve("openrouter", listing(*MODELS[1:]))
        for _ in range(3):
            await here.discoverer.fetch(here.next_day())
        off = {"enabled": False, "disabled_by": "ai-operator:policy", "disabled_at": here.now}
        await database[MONGO.models].update_one({"model_id": "gpt-4"}, {"$set": off})
        here.lists.serve("openrouter", listing())
        await here.discoverer.fetch(here.next_day())
        [proposal] = await asked(here, here.now)
        before = await database[MONGO.models].find_one({"model_id": "gpt-4"})
        async with core_over(database, None, settings=SETTINGS, clock=lambda: here.now) as (core, _):
            done = await core.approve(proposal.id, proposal.revision, by="UANA")
            assert before is not None
            yield Back(here, core, before, done.entry.id)


async def test_one_that_only_failed_is_taken_back_to_the_letter_and_held(back: Back) -> None:
    await back.ran(False, timedelta(hours=2))
    assert await back.ended(timedelta(hours=23)) == [], "its day isn't over"
    assert (await back.model())["enabled"] is True
    assert await back.ended(DAY) == [f"{back.journal_id}u1"]
    assert await back.model() == back.before
    undo = await back.core.stores.journal.get(f"{back.journal_id}u1")
    why = f"{back.journal_id} enabled it for one day on approval, and its provider says that it is gone"
    assert (undo.by, undo.reason) == (BY_TRIAL, why)
    said = {(hold.by, hold.origin) for hold in await back.core.stores.holds.active()}
    assert said == {("UANA", Origin.REENABLED), (BY_TRIAL, Origin.UNDID)}, "ana undid nothing"
    assert (await back.core.stores.proposals.get(undo.proposal_id)).state == State.UNDONE
    assert await back.ended(2 * DAY) == []
    assert await asked(back.here, back.here.now + 6 * DAY) == [], "at most weekly"
    assert len(await asked(back.here, back.here.now + 8 * DAY)) == 1


async def test_one_that_answered_stays_whatever_follows(back: Back) -> None:
    await back.ran(False, timedelta(hours=2))
    await back.ran(True, timedelta(hours=3))
    assert await back.ended(DAY) == []
    await back.ran(False, timedelta(hours=30))
    await back.here.database[MONGO.successes].delete_many({})
    assert await back.ended(3 * DAY) == []
    assert (await back.model())["enabled"] is True


async def test_one_that_nothing_ran_is_left_until_a_run_tells(back: Back) -> None:
    assert await back.ended(DAY) == []
    await back.ran(False, timedelta(hours=25))
    assert await back.ended(timedelta(hours=26)) == [f"{back.journal_id}u1"]


@pytest.mark.parametrize(
    "message",
    [
        "Rate limit reached for gpt-4",
        "You exceeded your current quota, please check your plan and billing details",
        "Connection reset by peer",
        "503 Service Unavailable: the model is overloaded",
        "max_tokens is too large: 9000",
        "Incorrect API key provided",
        "Read timed out",
        "",
    ],
)
@pytest.mark.parametrize("beside", [False, True], ids=["alone", "beside gone"])
async def test_what_may_pass_takes_nothing_back(back: Back, message: str, beside: bool) -> None:
    await back.ran(False, -timedelta(hours=3))
    if beside:
        await back.ran(False, timedelta(hours=2))
    await back.ran(False, timedelta(hours=20), message=message)
    assert await back.ended(DAY) == []
    assert (await back.model())["enabled"] is True


@pytest.mark.parametrize(
    "success",
    [
        {"model_name": "GPT-4"},
        {"model_name": "openai/GPT-4"},
        {"provider": "OpenAI "},
        {"gen_ts": "yesterday"},
        {"gen_ts": None},
    ],
)
async def test_what_may_have_answered_is_not_taken_back(back: Back, success: Document) -> None:
    await back.ran(True, timedelta(hours=2), **success)
    await back.ran(False, timedelta(hours=20))
    assert await back.ended(DAY) == []
    assert (await back.model())["enabled"] is True


@pytest.mark.parametrize("other", ["gpt-4o", "gpt-4-turbo", "gpt-4.1"])
async def test_another_models_answer_saves_it_not(back: Back, other: str) -> None:
    await back.ran(True, timedelta(hours=2), model_name=other)
    await back.ran(False, timedelta(hours=20))
    assert await back.ended(DAY) == [f"{back.journal_id}u1"]


async def beside(back: Back, **proposal: object) -> None:
    """openai/davinci came back just as gpt-4 did, and failed as it did; its proposal is told otherwise."""

    def its_own(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: its_own(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [its_own(inner) for inner in value]
        own = {back.journal_id: "J-900", "gpt-4": "davinci", asked_in: "P-900"}
        return own.get(value, value.replace("/gpt-4", "/davinci")) if isinstance(value, str) else value

    names = ("operator_journal", "operator_proposals", "operator_state", MONGO.models)
    entry = await back.here.database["operator_journal"].find_one({"_id": back.journal_id}) or {}
    asked_in = entry["proposal_id"]
    ids = [back.journal_id, asked_in, "discovery:returned:openai/gpt-4", back.before["_id"]]
    for name in names:
        collection = back.here.database[name]
        for document in await collection.find({"_id": {"$in": ids}}).to_list():
            own = {**its_own(document), **(proposal if name == "operator_proposals" else {})}
            if own["_id"] == document["_id"]:
                own["_id"] = ObjectId()
            await collection.insert_one(own)
    await back.ran(False, timedelta(hours=2), model_name="davinci", message="model davinci does not exist")


async def test_a_trial_beside_another_ends_with_it(back: Back) -> None:
    await beside(back)
    await back.ran(False, timedelta(hours=2))
    assert sorted(await back.ended(DAY)) == sorted([f"{back.journal_id}u1", "J-900u1"])


@pytest.mark.parametrize(
    "odd", [{"state": "meditating"}, {"action": "levitate"}, {"members": 7}, {"_id": "P-901"}]
)
async def test_a_proposal_that_cannot_be_read_holds_no_other_trial_up(back: Back, odd: Document) -> None:
    await beside(back, **odd)
    await back.ran(False, timedelta(hours=2))
    assert await back.ended(DAY) == [f"{back.journal_id}u1"]


@pytest.mark.parametrize(
    "refused", [{"_id": "J-900u1"}, {"undo_of": "J-900"}, {"proposal_id": "P-900", "state": "open"}]
)
async def test_a_trial_that_cannot_be_ended_holds_no_other_up(back: Back, refused: Document) -> None:
    await beside(back)
    await back.ran(False, timedelta(hours=2))
    await back.here.database.command("collMod", "operator_journal", validator={"$nor": [refused]})
    assert await back.ended(DAY) == [f"{back.journal_id}u1"]
    [note] = back.core.stores.notes.lines
    assert note.startswith("openai/davinci in trials could not be ended")
    await back.here.database.command("collMod", "operator_journal", validator={})
    assert await back.ended(DAY + timedelta(hours=1)) == ["J-900u1"]
    assert back.core.stores.notes.lines == ()


async def test_neither_a_pause_nor_the_hold_of_the_approval_stands_in_its_way(back: Back) -> None:
    await back.ran(False, timedelta(hours=2))
    await back.core.stores.pause.put(Pause(by="UBEN", at=back.here.now + timedelta(hours=3)))
    assert [hold.origin for hold in await back.core.stores.holds.active()] == [Origin.REENABLED]
    assert await back.ended(DAY) == [f"{back.journal_id}u1"]
    assert await back.model() == back.before


async def test_a_persons_later_word_stands(back: Back) -> None:
    await back.ran(False, timedelta(hours=2))
    later = back.here.now + timedelta(hours=3)
    await back.core.stores.holds.add(HoldDraft.on(GPT4, origin=Origin.UNTICKED, by="UBEN", at=later))
    assert await back.ended(DAY) == []
    assert (await back.model())["enabled"] is True


async def test_what_a_person_undid_is_not_taken_back_again(back: Back) -> None:
    await back.ran(False, timedelta(hours=2))
    await back.core.undo(back.journal_id, by="UBEN")
    assert await back.ended(DAY) == []
    assert await back.model() == back.before


@pytest.mark.parametrize(
    "edit", [{"enabled": False}, {"disabled_reason": "ours, for now"}, {"enabled": "yes"}]
)
async def test_what_was_edited_outside_stays_so(back: Back, edit: Document) -> None:
    await back.ran(False, timedelta(hours=2))
    await back.here.database[MONGO.models].update_one({"model_id": "gpt-4"}, {"$set": edit})
    edited = await back.model()
    await back.ended(DAY)
    assert await back.model() == edited
    assert await back.ended(2 * DAY) == [], "tried once"


@pytest.mark.parametrize("step", ["opened", "changed", "recorded", "reported", "held", "moved"])
async def test_a_crash_while_it_is_taken_back_loses_nothing_and_repeats_nothing(
    back: Back, step: str
) -> None:
    await back.ran(False, timedelta(hours=2))

    async def crash(progress: Progress) -> None:
        if progress.step == step:
            raise KeyboardInterrupt

    dying = Executor(back.core.stores, owner="dying", clock=lambda: back.here.now, on_progress=crash)
    with pytest.raises(KeyboardInterrupt):
        await dying.undo(back.journal_id, by=BY_TRIAL)
    assert await back.ended(DAY) == []
    back.here.now += timedelta(minutes=5)
    assert [one.entry.id for one in await back.core.recover()] == [f"{back.journal_id}u1"]
    assert await back.model() == back.before
    assert await back.ended(DAY) == []
    assert len(await back.core.stores.journal.undos_of(back.journal_id)) == 1
