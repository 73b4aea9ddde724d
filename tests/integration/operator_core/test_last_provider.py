"""A model that would leave the site goes without a person only where its own provider dropped it too."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, NamedTuple

import pytest

from bot.slack.views import evidence
from operator_core.domain.base import ModelRef
from operator_core.domain.decisions import Route
from operator_core.domain.proposals import Member, Proposal, ProposalAction, State
from operator_core.domain.runs import Run
from operator_core.policy.drafts import other_providers
from operator_core.store.platform.catalogue import offered_among, providers_listed
from operator_core.store.platform.history import enabled, running
from support.core import core_over, with_values
from support.shipped import SETTINGS
from support.small_catalogue import MONGO, NOW
from support.small_platform import (
    GONE,
    SLOW,
    WELL,
    Database,
    every_six_hours,
    everything_disabled,
    failures,
    models,
    successes,
)

LLAMA = "llama-3.3-70b-instruct"
WELL_LATELY = every_six_hours(96)


class Other(NamedTuple):
    """The same model at another provider, as `models` and the results have it."""

    model_id: str = LLAMA
    enabled: object = True
    deprecated: object = False
    answered: Sequence[float] = tuple(WELL_LATELY)
    """Hours ago."""
    failed: Sequence[float] = ()


async def groq_lost(database: Database, *names: str, text: str = GONE, hours: float = 96) -> None:
    """These are gone at groq, where a dozen others answer."""
    await database[MONGO.models].insert_many(models(*names, *WELL))
    rows = [row for name in WELL for row in successes(name, *WELL_LATELY)]
    await database[MONGO.successes].insert_many(rows + [successes(name, hours + 100)[0] for name in names])
    lost = [row for name in names for row in failures(name, text, every_six_hours(hours))]
    await database[MONGO.errors].insert_many(lost)


async def at(database: Database, provider: str, other: Other) -> None:
    listed = models(other.model_id, provider=provider)[0]
    listed |= {"enabled": other.enabled, "deprecated": other.deprecated}
    await database[MONGO.models].insert_one(listed)
    if other.answered:
        rows = successes(other.model_id, *other.answered, provider=provider)
        await database[MONGO.successes].insert_many(rows)
    if other.failed:
        rows = failures(other.model_id, SLOW, other.failed, provider=provider)
        await database[MONGO.errors].insert_many(rows)


async def lists(database: Database, provider: str, *ids: str) -> None:
    """The provider publishes a list with these ids."""
    await database["operator_witnesses"].insert_many([{"provider": provider, "model_id": one} for one in ids])


async def run(database: Database, **policy: Any) -> tuple[Run, list[Proposal]]:
    settings = with_values(SETTINGS, policy=policy)
    async with core_over(database, everything_disabled, settings=settings) as (use_cases, _):
        done, _ = await use_cases.run("test")
        return done, [one for one in await use_cases.waiting() if one.provider == "groq"]


def members(proposals: Sequence[Proposal]) -> dict[str, Member]:
    asked = [one for one in proposals if one.action == ProposalAction.DISABLE]
    return {member.ref.model_id: member for one in asked for member in one.members}


KEPT: dict[str, tuple[str, Other]] = {
    "as it is": ("together", Other()),
    "not deprecated, as null": ("together", Other(deprecated=None)),
    "not deprecated, as a number": ("together", Other(deprecated=0)),
    "in capitals, with its maker": ("together", Other("meta-llama/Llama-3.3-70B-Instruct")),
    "by its route": ("fireworks", Other("accounts/fireworks/models/llama-v3p3-70b-instruct")),
    "by region and revision": ("bedrock", Other("us.meta.llama3-3-70b-instruct-v1:0")),
    "after a failure of an hour ago": ("together", Other(failed=(0.5,), answered=(3, 9, 15, 21))),
}
NOT_KEPT: dict[str, tuple[str, Other]] = {
    "disabled": ("together", Other(enabled=False)),
    "deprecated": ("together", Other(deprecated=True)),
    "flapping": ("together", Other(answered=range(2, 96, 12), failed=range(1, 96, 6))),
    "failing for two days": ("together", Other(answered=range(50, 96, 6), failed=range(1, 48, 6))),
    "silent since the day before yesterday": ("together", Other(answered=range(44, 96, 6))),
    "never run": ("together", Other(answered=())),
    "another size": ("together", Other("llama-3.3-8b-instruct")),
    "another checkpoint": ("together", Other("llama-3.3-70b-instruct-0528")),
    "another maker's": ("together", Other("nobody/llama-3.3-70b-instruct-tuned")),
    "at the same provider": ("groq", Other("meta-llama/llama-3.3-70b-instruct")),
    "at the same provider in another case": ("Groq", Other()),
    "at the same provider with a space": ("groq ", Other()),
    "at the same provider in capitals": ("GROQ", Other("meta/" + LLAMA)),
    "deprecated as text": ("together", Other(deprecated="true")),
    "deprecated as a number": ("together", Other(deprecated=1)),
    "deprecated since a day": ("together", Other(deprecated=NOW)),
    "enabled as text": ("together", Other(enabled="true")),
}


@pytest.mark.parametrize("name", KEPT)
async def test_what_another_provider_answers_with_goes_alone(database: Database, name: str) -> None:
    await groq_lost(database, LLAMA)
    await at(database, *KEPT[name])

    _, proposals = await run(database)

    lost = members(proposals)[LLAMA]
    assert (lost.route, lost.gate, lost.elsewhere) == (Route.AUTO, "", 1)
    assert evidence.kept_by(proposals[0], 1) == "1 other provider that answers keeps"


@pytest.mark.parametrize("name", NOT_KEPT)
async def test_what_no_other_provider_answers_with_is_asked(database: Database, name: str) -> None:
    await groq_lost(database, LLAMA)
    await at(database, *NOT_KEPT[name])

    _, proposals = await run(database)

    lost = members(proposals)[LLAMA]
    assert (lost.route, lost.elsewhere) == (Route.ASK, 0)
    spelt = f'it has answered since, spelt "{NOT_KEPT[name][0]}/{NOT_KEPT[name][1].model_id}"'
    here = name.startswith("at the same provider")
    assert lost.gate == (spelt if here else "no other provider that answers keeps it")


@pytest.mark.parametrize(
    ("listing", "route", "gate"),
    [
        ((), Route.ASK, "no other provider that answers keeps it"),
        ((LLAMA, *WELL), Route.ASK, "keeps it, and groq's own list still names it"),
        (("Llama-3.3-70B-Instruct", *WELL), Route.ASK, "and groq's own list still names it"),
        (("meta-llama/" + LLAMA, *WELL), Route.ASK, "and groq's own list still names it"),
        (("us.meta.llama3-3-70b-instruct-v1:0",), Route.ASK, "and groq's own list still names it"),
        (("llama-3.3-70b-instruct-0528", *WELL), Route.ASK, "no other provider that answers keeps it"),
        (("other-1b", "other-2b"), Route.ASK, "no other provider that answers keeps it"),
        (WELL[:1], Route.ASK, "no other provider that answers keeps it"),
        (WELL[:4], Route.ASK, "no other provider that answers keeps it"),
        (WELL, Route.AUTO, ""),
        (("WELL-1", "vendor/well-2", *WELL[3:9], "llama-3.3-8b-instruct"), Route.AUTO, ""),
        (("llama-3.3-70b-base", "llama-3.3-70b-instruct-mini", *WELL), Route.AUTO, ""),
        (("llama-3.3-70b-versatile", *WELL), Route.ASK, "no other provider that answers keeps it"),
        (WELL[:6], Route.ASK, "no other provider that answers keeps it"),
    ],
    ids=[
        "no list is known",
        "the list names it",
        "in capitals",
        "with its maker",
        "by region and revision",
        "a checkpoint of it",
        "the list knows none that answers here",
        "or one",
        "or a few",
        "the list dropped it",
        "only another size",
        "only another tuning",
        "one that leaves its tuning unsaid",
        "only half of what answers here",
    ],
)
async def test_a_sole_providers_model_goes_alone_only_where_its_own_list_dropped_it(
    database: Database, listing: tuple[str, ...], route: Route, gate: str
) -> None:
    await groq_lost(database, LLAMA)
    await lists(database, "together", LLAMA)
    if listing:
        await lists(database, "groq", *listing)

    _, proposals = await run(database)

    lost = members(proposals)[LLAMA]
    assert lost.route == route
    assert lost.gate.endswith(gate)
    told = evidence.sentences(proposals[0], NOW)
    assert "It leaves the site" in told
    assert told.count("no other provider that answers keeps it") == 1, "as the sentence or as the gate"


@pytest.mark.parametrize(
    ("provider", "name", "listing"),
    [
        ("google", "gemini-1.5-pro-002", "gemini-1.5-pro"),
        ("cerebras", "qwen-3-235b", "qwen-3-235b-a22b-instruct-2507"),
        ("mistral", "Mistral-Small-24B", "mistralai/Mistral-Small-24B-Instruct-2501"),
        ("groq", "kimi-k2-0905", "moonshotai/kimi-k2-instruct-0905"),
        ("groq", "llama-4-scout-17b", "meta-llama/llama-4-scout-17b-16e-instruct"),
        ("mistral", "open-mixtral-8x7b-v0.1", "open-mixtral-8x7b"),
        ("bedrock", "us-west-2/meta.llama3-3-70b-instruct-v1:0", "meta.llama3-3-70b-instruct-v1:0"),
        ("bedrock", "bedrock/meta.llama3-3-70b-instruct-v1:0", "meta.llama3-3-70b-instruct-v1:0"),
        (
            "together",
            "meta-llama/Llama-3.3-70B-Instruct-Turbo:free",
            "meta-llama/Llama-3.3-70B-Instruct-Turbo",
        ),
        ("acme", "zeta/owl-9b", "owl-9b-it"),
        ("openai", "ft:gpt-4o-mini:acme::abc", "gpt-4o"),
        ("fireworks", "accounts/acme/models/my-llama", "accounts/fireworks/models/owl-9b"),
        ("fireworks", "accounts/acme/deployedModels/my-llama-1a", "accounts/fireworks/models/owl-9b"),
        ("bedrock", "arn:aws:bedrock:us-east-1:1:application-inference-profile/ab", "meta.owl-9b-v1:0"),
        ("google", "tunedModels/owl-9b-ab", "gemini-1.5-pro"),
    ],
)
async def test_what_a_list_may_name_or_never_names_is_not_known_to_be_dropped(
    database: Database, provider: str, name: str, listing: str
) -> None:
    await lists(database, provider, listing, *WELL)
    mine, other = (ModelRef(provider=provider, model_id=one) for one in (name, "dropped-1b"))
    well = [ModelRef(provider=provider, model_id=one) for one in WELL]
    assert await offered_among(database, [mine, other], well, NOW) == {other: False}


@pytest.mark.parametrize("provider", ["Together", "deepinfra ", "DEEPINFRA"])
@pytest.mark.parametrize("name", ["deepseek-ai/DeepSeek-V3-Turbo", "acme/Owl-Lite", "zeta/star-instant"])
async def test_a_list_names_what_it_spells_the_same_at_its_provider_in_any_case(
    database: Database, provider: str, name: str
) -> None:
    await lists(database, provider.strip().lower(), name)
    ref = ModelRef(provider=provider, model_id=name)
    assert await offered_among(database, [ref], [], NOW) == {ref: True}
    elsewhere = ModelRef(provider="acme", model_id=name.removesuffix("-Turbo"))
    same = "Turbo" in name
    assert other_providers([ref], [elsewhere]) == {ref: int(same)}


@pytest.mark.parametrize(
    ("answering", "believed"),
    [
        (("a-1", "A-1"), False),
        (("a-1", "x/a_1", "A 1"), False),
        (("a-1", "b-1", "c-1", "d-1"), False),
        (("a-1", "b-1"), True),
        (("a-1", "A-1", "b-1", "c-1"), True),
    ],
)
async def test_a_list_is_believed_that_names_more_than_half_of_the_models_that_answer(
    database: Database, answering: Sequence[str], believed: bool
) -> None:
    await lists(database, "p", "a-1", "b-1")
    lost, *well = (ModelRef(provider="p", model_id=one) for one in ("dropped-1b", *answering))
    assert await offered_among(database, [lost], well, NOW) == ({lost: False} if believed else {})


@pytest.mark.parametrize("allowed", [1, 2, 3])
async def test_what_others_keep_goes_first_and_what_leaves_the_site_last(
    database: Database, allowed: int
) -> None:
    await groq_lost(database, "longest-1b", "longest-2b", hours=200)
    await database[MONGO.models].insert_many(models("kept-3b", "kept-4b"))
    for name, hours in (("kept-3b", 80), ("kept-4b", 100)):
        await database[MONGO.errors].insert_many(failures(name, GONE, every_six_hours(hours)))
        await at(database, "together", Other(name))
    await lists(database, "groq", *WELL)

    _, proposals = await run(database, max_changes_unattended=allowed)

    order = ["kept-4b", "kept-3b", "longest-1b", "longest-2b"]
    alone = {name for name, one in members(proposals).items() if one.route == Route.AUTO}
    assert alone == set(order[:allowed])


async def test_two_providers_that_both_lost_it_do_not_keep_it_for_each_other(database: Database) -> None:
    await groq_lost(database, LLAMA)
    gone = Other(answered=(1.5, 200), failed=())
    await at(database, "together", gone)
    hours = every_six_hours(96)
    await database[MONGO.errors].insert_many(failures(LLAMA, GONE, hours, provider="together"))

    done, _ = await run(database)

    routes = {str(one.ref): one.route for one in done.decisions if one.ref.model_id == LLAMA}
    assert Route.AUTO not in routes.values()


@pytest.mark.parametrize(
    ("synced", "route"),
    [({2: "good"}, Route.AUTO), ({9: "good"}, Route.ASK), ({9: "good", 1: "failed"}, Route.ASK)],
    ids=str,
)
async def test_a_list_that_was_not_renewed_lately_drops_nothing(
    database: Database, synced: dict[int, str], route: Route
) -> None:
    await groq_lost(database, LLAMA)
    await lists(database, "groq", *WELL)
    await database["operator_witnesses"].update_many({}, {"$set": {"copy_id": "c1"}})
    syncs = [
        {"_id": str(days), "copy_id": "c1", "outcome": outcome, "started_at": NOW - timedelta(days=days)}
        for days, outcome in synced.items()
    ]
    await database["operator_catalog_syncs"].insert_many(syncs)

    _, proposals = await run(database)

    assert members(proposals)[LLAMA].route == route


async def test_whose_list_is_known_is_told_by_plain_names(database: Database) -> None:
    for provider in ("Groq", "groq ", "bedrock", "Vertex AI"):
        await lists(database, provider, "m-1")
    assert await providers_listed(database) == {"groq", "bedrock", "vertex ai"}


async def test_what_left_alone_is_named_when_it_is_done(database: Database) -> None:
    await groq_lost(database, LLAMA)
    await lists(database, "groq", *WELL)
    async with core_over(database, everything_disabled) as (use_cases, _):
        done, _ = await use_cases.run("test")
        [execution] = await use_cases.act_alone(done)
    assert execution.proposal.state == State.EXECUTED
    assert [one.elsewhere for one in execution.proposal.members] == [0]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("deepseek-r1", "deepseek-r1-0528", False),
        ("mistral-small-2503", "mistral-small-2506", False),
        ("claude-3-haiku-20240307", "anthropic.claude-3-haiku-20240307-v1:0", True),
        ("claude-3-5-haiku@20241022", "claude-3-5-haiku-20241022", True),
        ("deepseek-ai/DeepSeek-V3", "accounts/fireworks/models/deepseek-v3", True),
        ("qwen/qwen3-32b", "nobody/qwen3-8b", False),
        ("通义千问", "文心一言", False),
        ("acme/falcon-7b", "zeta/falcon-7b", False),
        ("meta/star-7b", "metaphor/star-7b", False),
        ("acme/falcon-7b", "falcon-7b", True),
        ("meta-llama/star-7b", "meta.star-7b-v1:0", True),
    ],
)
def test_a_checkpoint_tells_models_apart_a_spelling_does_not(one: str, other: str, same: bool) -> None:
    mine, theirs = ModelRef(provider="a", model_id=one), ModelRef(provider="b", model_id=other)
    assert other_providers([mine], [theirs]) == {mine: int(same)}


@pytest.mark.parametrize("odd", [True, "true", 1, NOW, [True]], ids=str)
async def test_what_is_deprecated_in_any_spelling_is_not_counted_as_running(
    database: Database, odd: object
) -> None:
    await at(database, "together", Other())
    await at(database, "together", Other("other-1b", deprecated=odd))
    llama, models = ModelRef(provider="together", model_id=LLAMA), database[MONGO.models]
    assert await running(models) == {llama}
    of_provider = await enabled(models, "together")
    assert [len(of_provider), [ref for ref, runs in of_provider.items() if runs]] == [2, [llama]]
    assert await enabled(models, "groq") == {}


@pytest.mark.parametrize("odd", ["true", 1, NOW])
async def test_what_is_deprecated_in_an_odd_spelling_can_be_disabled(database: Database, odd: object) -> None:
    await at(database, "together", Other(deprecated=odd))
    async with core_over(database, everything_disabled) as (use_cases, _):
        command = await use_cases.switch(ProposalAction.DISABLE, "together", by="U0ANA")
        await use_cases.submit(command.id, command.revision, by="U0ANA")
        execution = await use_cases.approve(command.id, command.revision, by="U0ANA")
    assert execution.proposal.state == State.EXECUTED
