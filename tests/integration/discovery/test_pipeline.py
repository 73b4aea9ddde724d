"""From a fetched catalogue to what people are asked: memory, one call, review, leaving, returning."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pymongo.asynchronous.database import AsyncDatabase

from discovery.findings import report, stats
from discovery.matching.leaving import MISSING
from operator_core.domain.base import ModelRef
from operator_core.domain.holds import Origin
from operator_core.domain.kinds import Kind
from operator_core.domain.proposals import ProposalAction, State
from operator_core.domain.signals import Facts, FailureGroup, Signals
from operator_core.execution.executor import Executor
from sandbox.llm import Reply, Request, cut, failing, saying
from sandbox.tokens import count_tokens
from support.small_catalogue import MONGO, NOW
from support.small_market import MODELS, World, asked_about, json_of, listing, one, world

Document = dict[str, Any]
GPT4 = ModelRef(provider="openai", model_id="gpt-4")


@pytest.fixture
async def here(database: AsyncDatabase[Document]) -> AsyncIterator[World]:
    async with world(database) as made:
        yield made


async def test_new_models_become_one_review_with_a_member_for_each_provider(here: World) -> None:
    await here.discoverer.fetch(here.now)
    found = await here.discoverer.discover(here.now)
    (review,) = await here.discoverer.publish(found, here.now)
    assert review.action == ProposalAction.ADD
    assert [str(ref) for ref in review.refs] == [
        "anthropic/claude-opus-4-5",
        "bedrock/us.anthropic.claude-opus-4-5-20251101-v1:0",
        "openai/gpt-4o",
        "openai/gpt-5",
        "groq/qwen/qwen3-32b",
    ]
    assert len({member.openrouter_id for member in found.to_review}) == 4
    member = review.members[2]
    assert (member.display_name, member.openrouter_id) == ("gpt-4o", "openai/gpt-4o")
    assert member.origin == (
        "128k context at OpenRouter · $1/$2 per M at OpenRouter · in models.dev · since 2026-10-14"
    )


async def test_nobody_is_asked_twice_and_a_no_is_remembered(here: World) -> None:
    await here.discoverer.fetch(here.now)
    first = await here.discoverer.discover(here.now)
    assert first.llm.calls == 1
    assert here.asked == [["x-ai/grok-3", "x-ai/grok-4"]]
    for _ in range(3):
        await here.discoverer.fetch(here.next_day())
        again = await here.discoverer.discover(here.now)
        assert (again.llm.calls, again.llm.prompt_tokens) == (0, 0)
    assert len(here.asked) == 1
    assert again.unmatched["x-ai/grok-4"] == "gpt-5.2: older"


async def test_who_only_looks_is_told_what_the_llm_said_and_nothing_is_kept(here: World) -> None:
    await here.discoverer.fetch(here.now)
    database = here.discoverer.resources.database
    names = sorted(await database.list_collection_names())
    before = [await database[name].find().to_list() for name in names]
    for _ in range(2):
        looked = await here.discoverer.discover(here.now, keep=False)
        assert looked.unmatched["x-ai/grok-4"] == "gpt-5.2: older"
    assert sorted(await database.list_collection_names()) == names
    assert [await database[name].find().to_list() for name in names] == before
    assert len(here.asked) == 2
    kept = await here.discoverer.discover(here.now)
    assert kept.unmatched == looked.unmatched


async def test_a_model_is_asked_about_again_when_its_witnesses_change(here: World) -> None:
    await here.discoverer.fetch(here.now)
    await here.discoverer.discover(here.now)
    here.lists.serve(
        "litellm",
        {
            "sample_spec": {},
            "groq/qwen/qwen3-32b": {"litellm_provider": "groq", "mode": "chat"},
            "vertex_ai/xai/grok-3-reasoning": {"litellm_provider": "vertex_ai", "mode": "chat"},
            "vertex_ai/xai/grok-4-thinking": {"litellm_provider": "vertex_ai", "mode": "chat"},
        },
    )
    await here.discoverer.fetch(here.next_day())
    await here.discoverer.discover(here.now)
    assert here.asked[1:] == [["x-ai/grok-4"]]


async def test_a_failed_llm_call_is_told_from_no_new_models(database: AsyncDatabase[Document]) -> None:
    async with world(database, lambda request: failing(401)) as here:
        await here.discoverer.fetch(here.now)
        found = await here.discoverer.discover(here.now)
        assert found.llm.fallback is not None
        assert found.carried_over == 2
        assert any("2 models wait for the LLM's answer" in note for note in found.notes)
        assert found.unmatched["x-ai/grok-4"].startswith("not answered yet")
        await here.discoverer.discover(here.next_day())
        assert len(here.asked) == 2


async def test_what_a_cut_answer_still_said_is_kept_and_the_rest_asked_again(
    database: AsyncDatabase[Document],
) -> None:
    def answer(request: Request) -> Reply:
        return cut('{"items":[{"id":"m1","ids":[],"confidence":0.9,"reason":"older"},{"id":"m2","ids":["1"')

    async with world(database, answer) as here:
        await here.discoverer.fetch(here.now)
        found = await here.discoverer.discover(here.now)
        assert found.carried_over == 1
        await here.discoverer.discover(here.next_day())
        assert here.asked == [["x-ai/grok-3", "x-ai/grok-4"], ["x-ai/grok-4"]]


async def test_what_the_llm_picks_is_reported_as_listed_and_stays_so(
    database: AsyncDatabase[Document],
) -> None:
    def answer(request: Request) -> Reply:
        items = [
            {"id": f"m{number}", "ids": [1], "confidence": 0.95, "reason": "same"}
            for number in range(1, len(asked_about(request)) + 1)
        ]
        return saying({"items": items})

    async with world(database, answer) as here:
        await here.discoverer.fetch(here.now)
        said = report(await here.discoverer.discover(here.now))
        matches = said["matches"]
        assert isinstance(matches, list)
        llms = {
            m["openrouter_id"]: (m["model_id"], m["confirmed"], m["reasoning"])
            for m in matches
            if m["suggested_by"] == "gpt-5.2"
        }
        why = "in LiteLLM; matched by gpt-5.2: same"
        assert llms == {
            "x-ai/grok-3": ("xai/grok-3-reasoning", False, why),
            "x-ai/grok-4": ("xai/grok-4-reasoning", False, why),
        }
        remembered = report(await here.discoverer.discover(here.next_day()))
        assert remembered["matches"] == matches


async def test_the_catalogue_says_what_was_found_for_each_model(here: World) -> None:
    await here.discoverer.fetch(here.now)
    await here.discoverer.discover(here.now)
    kept = await here.catalogue()
    assert kept["openai/gpt-4o"]["matched_provider"] == "openai"
    assert kept["openai/gpt-4o"]["matched_model_id"] == "gpt-4o"
    assert kept["openai/gpt-4o"]["match_confidence"] > 0.9
    assert kept["nobody/knows-it"]["matched_provider"] is None
    assert kept["nobody/knows-it"]["match_reasoning"].startswith("no witness lists")


async def test_tomorrows_new_models_join_the_open_review(here: World) -> None:
    await here.discoverer.fetch(here.now)
    (first,) = await here.discoverer.publish(await here.discoverer.discover(here.now), here.now)
    here.lists.serve("openrouter", listing(*MODELS[:-1]))
    await here.discoverer.fetch(here.next_day())
    (second,) = await here.discoverer.publish(await here.discoverer.discover(here.now), here.now)
    assert second.id == first.id
    assert len(second.members) == len(first.members) - 1
    assert second.revision == first.revision + 1


async def test_adding_writes_the_models_in_one_entry_and_one_undo_takes_them_back(here: World) -> None:
    await here.discoverer.fetch(here.now)
    (review,) = await here.discoverer.publish(await here.discoverer.discover(here.now), here.now)
    executor = Executor(here.discoverer.stores, owner="test", clock=lambda: here.now)
    two = [review.refs[0], review.refs[2]]
    done = await executor.execute(review.id, review.revision, by="U1", refs=two)
    added = await here.database[MONGO.models].find({"added_by": {"$exists": True}}).to_list()
    assert {(d["provider"], d["model_id"], d["enabled"]) for d in added} == {
        ("anthropic", "claude-opus-4-5", True),
        ("openai", "gpt-4o", True),
    }
    later = await here.discoverer.discover(here.next_day())
    assert {str(m.ref) for m in later.matches} == {str(ref) for ref in review.refs if ref not in two}
    await executor.undo(done.entry.id, by="U1")
    assert await here.database[MONGO.models].count_documents({}) == 1


async def test_an_addition_is_refused_when_the_model_is_there_in_another_spelling(here: World) -> None:
    await here.discoverer.fetch(here.now)
    (review,) = await here.discoverer.publish(await here.discoverer.discover(here.now), here.now)
    there = {
        "provider": "bedrock",
        "model_id": "EU.anthropic.claude-opus-4-5-20251101-v1:0",
        "enabled": False,
    }
    await here.database[MONGO.models].insert_one(there)
    executor = Executor(here.discoverer.stores, owner="test", clock=lambda: here.now)
    done = await executor.execute(review.id, review.revision, by="U1", refs=[review.refs[1]])
    assert done.entry.outcomes[0].result != "done"
    assert await here.database[MONGO.models].count_documents({"provider": "bedrock"}) == 1


async def test_never_is_a_hold_and_not_now_lasts_a_week(here: World) -> None:
    await here.discoverer.fetch(here.now)
    members = (await here.discoverer.discover(here.now)).to_review
    opus, qwen = (m for m in members if m.ref.provider in ("anthropic", "groq"))
    await here.discoverer.leave_alone(opus, Origin.NEVER, by="U1", at=here.now, reason="too dear")
    await here.discoverer.leave_alone(qwen, Origin.NOT_NOW, by="U1", at=here.now)
    holds = await here.discoverer.stores.holds.active()
    assert {(hold.provider, hold.model_id, hold.reason) for hold in holds} == {
        ("openrouter", "anthropic/claude-opus-4.5 on anthropic", "too dear"),
        ("openrouter", "qwen/qwen3-32b on groq", ""),
    }
    found = await here.discoverer.discover(here.now)
    assert {m.ref for m in found.to_review} == {m.ref for m in members} - {opus.ref, qwen.ref}, (
        "no to one offer says nothing about another"
    )
    found = await here.discoverer.discover(here.now + timedelta(days=8))
    assert qwen.ref in {m.ref for m in found.to_review}
    assert opus.ref not in {m.ref for m in found.to_review}


@pytest.mark.parametrize("days", [0, 89, 91, 400])
async def test_new_is_what_the_catalogue_has_for_90_days_and_the_rest_comes_on_request(
    here: World, days: int
) -> None:
    made = int((here.now - timedelta(days=days)).timestamp())
    aged = [{**one(name), **({"created": made} if name == "openai/gpt-5" else {})} for name in MODELS]
    here.lists.serve("openrouter", {"data": aged})
    await here.discoverer.fetch(here.now)
    found = await here.discoverer.discover(here.now)
    assert ("openai/gpt-5" in {m.openrouter_id for m in found.to_review}) == (days <= 90)
    for within, provider, shown in ((400, "", True), (400, "openai", True), (400, "groq", days <= 90)):
        wider = replace(here.discoverer, within=timedelta(days=within), provider=provider)
        found = await wider.discover(here.now)
        assert ("openai/gpt-5" in {m.openrouter_id for m in found.to_review}) == shown
    shorter = await replace(here.discoverer, within=timedelta(days=100)).discover(here.now)
    assert ("openai/gpt-5" in {m.openrouter_id for m in shorter.to_review}) == (days <= 100)


async def test_what_was_put_to_people_on_request_stays_until_somebody_answers(here: World) -> None:
    made = int((here.now - timedelta(days=300)).timestamp())
    here.lists.serve("openrouter", listing(created=made))
    await here.discoverer.fetch(here.now)
    assert await here.discoverer.publish(await here.discoverer.discover(here.now), here.now) == ()
    wider = replace(here.discoverer, within=timedelta(days=400), provider="openai")
    (review,) = await wider.publish(await wider.discover(here.now), here.now)
    assert {ref.provider for ref in review.refs} == {"openai"}
    first, *rest = review.members
    await here.discoverer.leave_alone(first, Origin.NOT_NOW, by="U1", at=here.now)
    (after,) = await here.discoverer.publish(await here.discoverer.discover(here.next_day()), here.now)
    assert after.refs == tuple(member.ref for member in rest), "nothing unticked is lost"


@pytest.mark.parametrize("picked", [0, 1])
async def test_the_other_offer_of_an_added_model_stays_under_review(here: World, picked: int) -> None:
    await here.discoverer.fetch(here.now)
    (review,) = await here.discoverer.publish(await here.discoverer.discover(here.now), here.now)
    offers = [m.ref for m in review.members if m.openrouter_id == "anthropic/claude-opus-4.5"]
    chosen = offers[picked]
    executor = Executor(here.discoverer.stores, owner="test", clock=lambda: here.now)
    await executor.execute(review.id, review.revision, by="U1", refs=[chosen])

    for _ in range(2):
        await here.discoverer.publish(await here.discoverer.discover(here.next_day()), here.now)
        (again,) = [p for p in await here.discoverer.stores.proposals.waiting() if p.action == "add"]
        assert set(again.refs) == set(review.refs) - {chosen}


async def test_a_review_of_which_nothing_is_left_is_cleared(here: World) -> None:
    await here.discoverer.fetch(here.now)
    found = await here.discoverer.discover(here.now)
    (review,) = await here.discoverer.publish(found, here.now)
    await here.discoverer.publish(found.model_copy(update={"drafts": ()}), here.next_day())
    assert (await here.discoverer.stores.proposals.get(review.id)).state == State.CLEARED


async def test_a_model_with_an_end_is_shown_as_leaving_with_date_and_source(here: World) -> None:
    here.lists.serve("openrouter", listing(expiration_date="2026-12-24"))
    await here.discoverer.fetch(here.now)
    found = await here.discoverer.discover(here.now)
    assert [(x.ref, x.date, x.source) for x in found.leaving] == [(GPT4, "2026-12-24", "OpenRouter")]
    assert await here.database[MONGO.models].find_one({"enabled": False}) is None


async def test_a_witness_deprecation_date_shows_a_model_as_leaving(here: World) -> None:
    await here.discoverer.fetch(here.now)
    found = await here.discoverer.discover(here.now)
    assert [(x.ref, x.date, x.source) for x in found.leaving] == [(GPT4, "2027-01-05", "LiteLLM")]


async def test_a_listed_successor_of_a_leaving_model_is_offered_as_an_addition(here: World) -> None:
    await here.database[MONGO.models].update_one({}, {"$set": {"successor_model": "gpt-5"}})
    here.lists.serve("openrouter", listing(*MODELS[:-1], "some/other"))
    await here.discoverer.fetch(here.now)
    found = await here.discoverer.discover(here.now)
    assert found.leaving[0].successor == "gpt-5"
    member = found.drafts[0].members[-1]
    assert (str(member.ref), member.origin) == ("openai/gpt-5", "successor of gpt-4")


async def vanish(here: World, syncs: int) -> None:
    here.lists.serve("litellm", {"groq/qwen/qwen3-32b": {"litellm_provider": "groq", "mode": "chat"}})
    await here.discoverer.fetch(here.now)
    here.lists.serve("openrouter", listing(*MODELS[1:]))
    for _ in range(syncs):
        await here.discoverer.fetch(here.next_day())


@pytest.mark.parametrize(("syncs", "leaving"), [(2, False), (3, True)])
async def test_missing_from_three_good_syncs_in_a_row_is_leaving(
    here: World, syncs: int, leaving: bool
) -> None:
    await vanish(here, syncs)
    found = (await here.discoverer.discover(here.now)).leaving
    assert bool(found) == leaving
    assert all((x.ref, x.date, x.source) == (GPT4, "", MISSING) for x in found)


@pytest.mark.parametrize(
    ("before", "after", "exact"),
    [
        ("openai/gpt-4", "openai/gpt-4-classic", "openai/gpt-4-0613"),
        ("openai/gpt-4", "openai/gpt-4-0613", "openai/gpt-4"),
        ("openai/gpt-4", "openai-archive/gpt-four", "OpenAI/GPT-4"),
    ],
)
async def test_a_model_whose_name_in_the_catalogue_changed_is_not_leaving(
    here: World, before: str, after: str, exact: str
) -> None:
    here.lists.serve("litellm", {"groq/qwen/qwen3-32b": {"litellm_provider": "groq", "mode": "chat"}})
    rest = [one(name) for name in MODELS[1:]]
    here.lists.serve("openrouter", {"data": [{**one(before), "canonical_slug": exact}, *rest]})
    await here.discoverer.fetch(here.now)
    here.lists.serve("openrouter", {"data": [{**one(after), "canonical_slug": exact}, *rest]})
    for _ in range(4):
        await here.discoverer.fetch(here.next_day())
    assert (await here.discoverer.discover(here.now)).leaving == ()


async def test_a_failed_sync_does_not_count_towards_vanishing(here: World) -> None:
    await vanish(here, 2)
    here.lists.serve("openrouter", listing(*MODELS[:3]))
    for _ in range(2):
        await here.discoverer.fetch(here.next_day())
    found = await here.discoverer.discover(here.now)
    assert found.leaving == ()
    assert any("The last fetch of the catalogue failed" in note for note in found.notes)


async def disabled(here: World, by: str) -> None:
    fields = {"enabled": False, "disabled_by": by, "disabled_at": here.now}
    await here.database[MONGO.models].update_one({"model_id": "gpt-4"}, {"$set": fields})


async def test_a_model_we_switched_off_is_proposed_again_when_it_came_back_once_a_week(here: World) -> None:
    await vanish(here, 3)
    await disabled(here, "ai-operator:policy")
    here.lists.serve("openrouter", listing())
    await here.discoverer.fetch(here.next_day())
    found = await here.discoverer.discover(here.now)
    enable = [p for p in await here.discoverer.publish(found, here.now) if p.action == ProposalAction.ENABLE]
    assert [p.refs for p in enable] == [(GPT4,)]
    tomorrow = await here.discoverer.discover(here.next_day())
    assert [d for d in tomorrow.drafts if d.action == ProposalAction.ENABLE] == []
    next_week = await here.discoverer.discover(here.now + timedelta(days=7))
    assert [d.members[0].ref for d in next_week.drafts if d.action == ProposalAction.ENABLE] == [GPT4]


async def test_what_a_person_switched_off_is_not_proposed_again(here: World) -> None:
    await vanish(here, 3)
    await disabled(here, "ana")
    here.lists.serve("openrouter", listing())
    await here.discoverer.fetch(here.next_day())
    found = await here.discoverer.discover(here.now)
    assert [d for d in found.drafts if d.action == ProposalAction.ENABLE] == []


def reading(*signals: Signals) -> Callable[[], Awaitable[Facts]]:
    async def read() -> Facts:
        return Facts(now=NOW, signals=signals)

    return read


async def test_facts_are_read_only_where_we_added_something(here: World) -> None:
    async def unread() -> Facts:
        raise AssertionError("nothing here is ours")

    await here.discoverer.fetch(here.now)
    assert (await here.discoverer.discover(here.now, read_facts=unread)).sight is None


async def test_an_added_id_that_turns_out_wrong_offers_the_next_candidate(here: World) -> None:
    ref = ModelRef(provider="bedrock", model_id="us.anthropic.claude-opus-4-5-20251101-v1:0")
    await here.database[MONGO.models].insert_one(
        {**ref.model_dump(), "enabled": True, "deprecated": False, "added_by": "ai-operator:U1"}
    )
    await here.discoverer.fetch(here.now)
    group = FailureGroup(
        kind=Kind.HARD_MODEL, pattern="no", count=3, first=here.now, last=here.now, sample="no such model"
    )
    failing_now = Signals(
        ref=ref, listed=True, enabled=True, failing_since=here.now, failures=3, streak=(group,)
    )
    found = await here.discoverer.discover(here.now, read_facts=reading(failing_now))
    (wrong,) = [d for d in found.drafts if d.action == ProposalAction.RENAME]
    assert wrong.members[0].successor == "anthropic.claude-opus-4-5-20251101-v1:0"
    (proposal,) = [p for p in await here.discoverer.publish(found, here.now) if p.kind]
    unseen = reading(Signals(ref=ref, listed=True, enabled=True))
    await here.discoverer.publish(await here.discoverer.discover(here.now, read_facts=unseen), here.now)
    kept = await here.discoverer.stores.proposals.get(proposal.id)
    assert (kept.state, kept.members[0].unseen_days) == (State.PENDING, 30)
    well = reading(Signals(ref=ref, listed=True, enabled=True, last_success=here.now))
    settled = await here.discoverer.discover(here.next_day(), read_facts=well)
    await here.discoverer.publish(settled, here.now)
    assert (await here.discoverer.stores.proposals.get(proposal.id)).state == State.CLEARED


async def test_before_the_first_fetch_nothing_is_claimed_about_new_models(here: World) -> None:
    found = await here.discoverer.discover(here.now)
    assert found.notes[0] == "The catalogue was never fetched: nothing is known of new models."
    assert report(found)["sync"] == {"outcome": "never", "notes": list(found.notes)}
    assert here.asked == []


async def test_stats_count_every_entry_of_the_catalogue(here: World) -> None:
    await here.discoverer.fetch(here.now)
    counts = stats(await here.discoverer.discover(here.now))
    left_out = counts["left_out"]
    assert left_out == {"router": 1, "variant :free": 1}
    assert (counts["already_measured"], counts["matched"], counts["unmatched"]) == (1, 4, 3)
    assert len(MODELS) == 2 + 1 + 4 + 3, "each entry is in exactly one of them"


async def test_an_entry_without_readable_fields_stops_nothing(here: World) -> None:
    await here.database[MONGO.openrouter_catalog].insert_one({"openrouter_id": 7, "name": []})
    await here.database[MONGO.models].insert_one({"provider": None})
    here.lists.serve("openrouter", {"data": [one("openai/gpt-4o"), {"id": "odd/entry", "pricing": "free"}]})
    await here.discoverer.fetch(here.now)
    found = await here.discoverer.discover(here.now)
    assert [m.openrouter_id for m in found.matches] == ["openai/gpt-4o"]


async def test_the_real_catalogue_costs_one_call_then_none_then_only_what_is_new(
    here: World, real_data: Path
) -> None:
    old = json_of(real_data / "openrouter_2025-12-02.json")
    new = json_of(real_data / "openrouter_2026-01-29.json")
    here.lists.serve("openrouter", old)
    here.lists.serve("models_dev", json_of(real_data / "models_dev_2026-03-01.json"))
    here.lists.serve("litellm", json_of(real_data / "litellm_models.json"))
    await here.discoverer.fetch(here.now)
    first = await here.discoverer.discover(here.now)
    assert first.llm.calls == 1
    sent = sum(count_tokens(m["content"]) for m in here.requests[0]["messages"])
    assert sent + here.requests[0]["max_completion_tokens"] <= 6_000
    await here.discoverer.fetch(here.next_day())
    second = await here.discoverer.discover(here.now)
    assert second.llm.calls == (1 if first.carried_over else 0)
    here.lists.serve("openrouter", new)
    await here.discoverer.fetch(here.next_day())
    third = await here.discoverer.discover(here.now)
    assert third.llm.calls <= 1
    before = {m["id"]: (m["name"], m.get("hugging_face_id")) for m in old["data"]}
    now = {m["id"]: (m["name"], m.get("hugging_face_id")) for m in new["data"]}
    assert all(before.get(name) != now[name] for name in here.asked[-1])
