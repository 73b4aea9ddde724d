"""Memory first, then one LLM call over real HTTP, then the written rules for what is left."""

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta

import pytest
from openai import AsyncOpenAI

from operator_core.domain.decisions import Action, PersonsAnswer, Remembered
from operator_core.domain.kinds import Kind
from operator_core.domain.situations import Scope, Situation
from operator_core.judgement.judge import Judgement, as_read, evidence_of, judge
from operator_core.judgement.llm import Advisor
from operator_core.options import CoreOptions
from sandbox.judge import sensible
from sandbox.llm import (
    UNUSABLE,
    Answer,
    Request,
    cut,
    failing,
    llm_server,
    prompt_of,
    refusing,
    saying,
    scripted,
)
from sandbox.llm import Reply as Sent
from support.core import with_values
from support.shipped import SETTINGS
from support.situations import NOW, many, situation

GONE, SLOW = situation(Kind.HARD_MODEL, models=3), situation(Kind.TIMEOUT)
BOTH = (GONE, SLOW)


def options(base_url: str = "http://127.0.0.1:9/v1", ceiling: int = 8_000) -> CoreOptions:
    llm = {"base_url": base_url, "max_completion_tokens": ceiling, "timeout_seconds": 20}
    return with_values(SETTINGS, llm=llm)


async def judged(
    situations: Iterable[Situation],
    answer: Answer | Iterable[Sent],
    *,
    memory: Mapping[str, Remembered] | None = None,
    ceiling: int = 8_000,
    days_later: float = 0,
) -> tuple[Judgement, list[Request]]:
    """What an LLM with this answer leads to, and what it was asked."""
    async with llm_server(answer) as server:
        chosen = options(server.base_url, ceiling)
        async with AsyncOpenAI(api_key="sk-test", base_url=server.base_url) as client:
            judgement = await judge(
                tuple(situations),
                memory=memory or {},
                advisor=Advisor(client, chosen.llm),
                no_advisor="",
                options=chosen,
                now=NOW + timedelta(days=days_later),
            )
        return judgement, server.requests


async def by_rules(situations: Iterable[Situation], memory: Mapping[str, Remembered]) -> Judgement:
    return await judge(
        tuple(situations),
        memory=memory,
        advisor=None,
        no_advisor="OPENAI_API_KEY is not set",
        options=options(),
        now=NOW,
    )


def item(short: str, action: str = "disable", confidence: object = 0.97, reason: str = "gone") -> object:
    return {"id": short, "action": action, "confidence": confidence, "reason": reason}


def items(*given: object) -> list[Sent]:
    return [saying({"items": list(given)})]


def remembered(judgement: Judgement, *answers: PersonsAnswer) -> dict[str, Remembered]:
    return {
        known.fingerprint: known.model_copy(update={"answers": answers}) for known in judgement.to_remember
    }


def no_call(_: Request) -> Sent:
    raise AssertionError("the LLM was asked")


async def test_one_call_judges_all_situations() -> None:
    judgement, requests = await judged(many(24), scripted(sensible))
    assert len(requests) == judgement.use.calls == 1
    assert {verdict.suggested_by for verdict in judgement.verdicts.values()} == {"gpt-5.2"}
    assert judgement.use.prompt_tokens + judgement.use.completion_tokens <= 2_200
    assert judgement.use.cost_usd is not None
    assert judgement.use.fallback is None
    assert judgement.automatic
    assert judgement.notes == ()


async def test_the_verdict_is_not_forgotten_unchanged_evidence_costs_no_call() -> None:
    first, _ = await judged(BOTH, scripted(sensible))
    again, requests = await judged(BOTH, no_call, memory=remembered(first), days_later=1)
    assert requests == []
    assert again.use.calls == again.use.prompt_tokens == again.use.completion_tokens == 0
    assert {verdict.suggested_by for verdict in again.verdicts.values()} == {"memory"}
    assert {key: v.action for key, v in again.verdicts.items()} == {
        key: v.action for key, v in first.verdicts.items()
    }
    assert again.to_remember == ()


@pytest.mark.parametrize(
    ("changed", "same"),
    [
        (situation(models=4), False),
        (situation(models=2), False),
        (situation(models=3, first=20), False),
        (situation(models=3, first=300), True),
        (situation(models=3, success=None), True),
    ],
    ids=["a model more", "a model less", "young again", "older in the same bucket", "counts and times"],
)
async def test_only_what_changed_is_asked_again(changed: Situation, same: bool) -> None:
    first, _ = await judged(BOTH, scripted(sensible))
    again, requests = await judged((changed, SLOW), scripted(sensible), memory=remembered(first))
    assert changed.id == GONE.id
    assert len(requests) == (0 if same else 1)
    assert [known.fingerprint for known in again.to_remember] == ([] if same else [GONE.id])


def test_the_evidence_changes_with_the_kind() -> None:
    other = GONE.model_copy(update={"kind": Kind.AUTH})
    assert evidence_of(GONE, NOW, 48) != evidence_of(other, NOW, 48)


async def test_memory_expires() -> None:
    first, _ = await judged((SLOW,), scripted(sensible))
    kept, _ = await judged((SLOW,), no_call, memory=remembered(first), days_later=6.9)
    assert kept.verdicts[SLOW.id].suggested_by == "memory"
    expired, requests = await judged((SLOW,), scripted(sensible), memory=remembered(first), days_later=7.1)
    assert len(requests) == 1
    assert expired.verdicts[SLOW.id].suggested_by == "gpt-5.2"


async def test_a_persons_answer_reaches_the_next_prompt_with_its_reason() -> None:
    first, _ = await judged(BOTH, scripted(sensible))
    no = PersonsAnswer(answer="rejected", by="U1", at=NOW + timedelta(hours=1), reason="back on Friday")
    memory = remembered(first)
    memory[GONE.id] = memory[GONE.id].model_copy(update={"answers": (no,)})
    _, [request] = await judged(BOTH, scripted(sensible), memory=memory, days_later=1)
    told = request["messages"][1]["content"].split("\n")
    assert told[0].startswith("s1 groq pattern hard_model")
    assert told[1:] == ['s1 before: a person said rejected "back on Friday"'], "the other is remembered"


async def test_written_rules_are_not_remembered() -> None:
    judgement = await by_rules(BOTH, {})
    assert judgement.to_remember == ()
    assert {verdict.suggested_by for verdict in judgement.verdicts.values()} == {"rules"}
    assert judgement.use.fallback == "OPENAI_API_KEY is not set"
    assert judgement.use.calls == 0
    assert judgement.notes == ("OPENAI_API_KEY is not set: written rules judged 2 situations.",)


async def test_without_an_llm_memory_still_counts() -> None:
    first, _ = await judged(BOTH, scripted(sensible))
    judgement = await by_rules(BOTH, remembered(first))
    assert {verdict.suggested_by for verdict in judgement.verdicts.values()} == {"memory"}
    assert judgement.use.fallback is None


async def test_the_batched_answer_was_cut_what_did_arrive_is_kept_and_nothing_runs_by_itself() -> None:
    def half(request: Request) -> Sent:
        text = json.dumps(sensible(prompt_of(request)))
        return cut(text[: len(text) // 2])

    judgement, _ = await judged(many(33), half)
    judges = [verdict.suggested_by for verdict in judgement.verdicts.values()]
    assert len(judges) == 33
    assert 10 <= judges.count("gpt-5.2") <= 22
    assert judges.count("rules") == 33 - judges.count("gpt-5.2") == 33 - len(judgement.to_remember)
    assert not judgement.automatic
    assert "was cut" in (judgement.use.fallback or "")
    assert any("nothing runs by itself" in note for note in judgement.notes)


async def test_what_would_not_fit_is_asked_in_a_second_call_and_announced() -> None:
    judgement, requests = await judged(many(46), scripted(sensible), ceiling=3_000)
    assert len(requests) == judgement.use.calls == 2
    assert all(request["max_completion_tokens"] <= 3_000 for request in requests)
    assert {verdict.suggested_by for verdict in judgement.verdicts.values()} == {"gpt-5.2"}
    assert judgement.notes == ("The situations did not fit into one LLM call: 2 were made.",)
    assert judgement.automatic


@pytest.mark.parametrize(
    "believed",
    [
        item("s1", action="delete"),
        item("s1", confidence=7.0),
        item("s1", confidence=-0.1),
        item("s1", confidence="sure"),
        item("s1", confidence=True),
        {"id": "s1", "action": "disable"},
        {"id": "s1", "action": "disable", "confidence": 0.9, "reason": "x", "target": "openai"},
        "disable s1",
        None,
    ],
)
async def test_the_llms_answer_is_not_believed_as_it_comes(believed: object) -> None:
    judgement, _ = await judged(BOTH, items(believed, item("s2", "monitor", 0.8)))
    assert judgement.verdicts[GONE.id].suggested_by == "rules"
    assert judgement.verdicts[SLOW.id].suggested_by == "gpt-5.2"
    assert "left out 1 of 2" in (judgement.use.fallback or "")


async def test_ids_that_an_llm_made_up_are_dropped_and_the_same_said_twice_counts_once() -> None:
    answer = items(item("s9"), item("s1", "monitor", 0.6), item("S1", "Monitor", 0.6), item("s2", "ignore"))
    judgement, _ = await judged(BOTH, answer)
    assert set(judgement.verdicts) == {GONE.id, SLOW.id}
    assert judgement.verdicts[GONE.id].confidence == 0.6
    assert judgement.use.fallback is None


@pytest.mark.parametrize(
    "second",
    [item("s1", "monitor"), item("s1", "ignore", 0.5), item(" S1 ", "Monitor"), item("s1", "disable", 0.5)],
)
async def test_two_different_answers_for_one_id_are_none(second: object) -> None:
    for both in ((item("s1"), second), (second, item("s1"))):
        judgement, _ = await judged(BOTH, items(*both, item("s2", "monitor", 0.8)))
        assert judgement.verdicts[GONE.id].suggested_by == "rules"
        assert judgement.verdicts[SLOW.id].suggested_by == "gpt-5.2"
        assert "left out 1 of 2" in (judgement.use.fallback or "")


@pytest.mark.parametrize("scope", [Scope.PROVIDER, Scope.SILENCE])
async def test_a_providers_outage_disables_nothing_whatever_the_llm_says(scope: Scope) -> None:
    wide = situation(Kind.BILLING, scope=scope)
    judgement, _ = await judged((wide,), items(item("s1", confidence=1.0, reason="no credit")))
    verdict = judgement.verdicts[wide.id]
    assert (verdict.action, verdict.reasoning) == (Action.MONITOR, "no credit")


async def test_the_llms_reason_is_one_redacted_line() -> None:
    said = "gone\n<b>\x00 write to root@example.com, key sk-proj-abcdefghijklmnopqrstuvwx" + "!" * 900
    judgement, _ = await judged((GONE,), items(item("s1", reason=said)))
    reasoning = judgement.verdicts[GONE.id].reasoning
    assert len(reasoning) <= 200
    assert not any(part in reasoning for part in ("\n", "\x00", "sk-proj", "root@"))


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (lambda: [refusing("I can't help, sk-proj-abcdefghijklmnopqrstuvwx")], "refused"),
        (lambda: [saying("nonsense")], "not valid JSON"),
        (lambda: [saying({"verdicts": []})], "agreed shape"),
        (lambda: [failing(500), failing(500)], "status 500"),
        (lambda: [failing(401)], "key was refused"),
        (lambda: [cut("")], "before it said anything"),
    ],
    ids=["refusal", "nonsense", "wrong shape", "failing", "key", "all reasoning"],
)
async def test_an_unusable_answer_leaves_the_run_to_the_rules_with_its_cause(
    answer: Callable[[], list[Sent]], cause: str
) -> None:
    judgement, _ = await judged(BOTH, answer())
    assert {verdict.suggested_by for verdict in judgement.verdicts.values()} == {"rules"}
    assert cause in (judgement.use.fallback or "")
    assert "sk-proj" not in (judgement.use.fallback or "")
    assert any(cause in note and "written rules judged 2 situations" in note for note in judgement.notes)
    assert judgement.to_remember == ()


@pytest.mark.parametrize("answer", UNUSABLE)
async def test_an_unusable_answer_was_paid_for_and_is_counted(answer: Sent) -> None:
    judgement, _ = await judged(BOTH, [answer])
    assert judgement.use.calls == 1
    assert judgement.use.prompt_tokens > 100
    assert judgement.use.cost_usd


async def test_what_an_answer_cost_that_does_not_say_what_it_used_is_unknown() -> None:
    silent = Sent(body=json.dumps({"choices": [{"message": {"content": "{}"}, "finish_reason": "stop"}]}))
    judgement, _ = await judged(BOTH, [silent])
    assert (judgement.use.calls, judgement.use.cost_usd) == (1, None)


async def test_an_answer_cut_before_it_began_lets_nothing_run_by_itself_either() -> None:
    first, _ = await judged((GONE,), scripted(sensible))
    judgement, _ = await judged(BOTH, [cut("")], memory=remembered(first))
    assert judgement.verdicts[GONE.id].suggested_by == "memory"
    assert not judgement.automatic


async def test_an_llm_that_failed_once_is_not_asked_about_the_rest() -> None:
    judgement, requests = await judged(many(46), [saying("nonsense")], ceiling=3_000)
    assert len(requests) == 1
    assert len(judgement.verdicts) == 46


async def test_nothing_to_judge_costs_nothing() -> None:
    judgement, requests = await judged((), no_call)
    assert (dict(judgement.verdicts), requests, judgement.use.fallback) == ({}, [], None)


UNREAD = situation(Kind.UNKNOWN)


@pytest.mark.parametrize("kind", [Kind.BILLING, Kind.HARD_CAPABILITY, Kind.TRANSIENT_PROVIDER])
async def test_a_kind_that_rules_cannot_read_is_read_once_and_remembered(kind: Kind) -> None:
    answer = [saying({"items": [item("s1", "monitor", 0.8)], "kinds": [{"id": "S1", "kind": kind.upper()}]})]
    first, requests = await judged((UNREAD,), answer)
    again, none = await judged((UNREAD,), no_call, memory=remembered(first))
    assert (len(requests), none) == (1, [])
    for judgement in (first, again):
        read = as_read(UNREAD, judgement.verdicts[UNREAD.id])
        assert (read.kind, read.id, read.evidence) == (kind, UNREAD.id, UNREAD.evidence)


@pytest.mark.parametrize(
    "named", [{"id": "s1", "kind": "billing"}, {"id": "s1", "kind": "lunch"}, {"id": "s9"}, "x"]
)
async def test_what_rules_have_read_is_not_renamed_and_nonsense_names_nothing(named: object) -> None:
    judgement, _ = await judged((SLOW,), [saying({"items": [item("s1", "monitor")], "kinds": [named]})])
    assert as_read(SLOW, judgement.verdicts[SLOW.id]) == SLOW


@pytest.mark.parametrize("kind", [Kind.HARD_MODEL, Kind.AUTH, Kind.BILLING, Kind.HARD_CAPABILITY])
async def test_known_trouble_is_never_ignored_whoever_says_so(kind: Kind) -> None:
    trouble = situation(kind)
    judgement, _ = await judged((trouble, SLOW), items(item("s1", "ignore"), item("s2", "ignore")))
    again, _ = await judged((trouble,), no_call, memory=remembered(judgement))
    assert judgement.verdicts[trouble.id].action == again.verdicts[trouble.id].action == Action.MONITOR
    assert judgement.verdicts[SLOW.id].action == Action.IGNORE


async def test_the_soft_failures_of_a_provider_are_one_line_with_one_answer_for_each() -> None:
    soft = [situation(kind) for kind in (Kind.TIMEOUT, Kind.RATE_LIMIT, Kind.NETWORK)]
    other = situation(Kind.TIMEOUT, provider="together")
    judgement, [request] = await judged(
        (*soft, other), items(item("s1", "monitor", 0.8), item("s2", "ignore"))
    )
    assert len(request["messages"][1]["content"].splitlines()) == 2
    assert {judgement.verdicts[s.id].action for s in soft} == {Action.MONITOR}
    assert judgement.verdicts[other.id].action == Action.IGNORE
