"""One model in several spellings is a finding; what only looks alike is none."""

from datetime import UTC, datetime, timedelta

import pytest

from operator_core.diagnosis.findings import answered_as, no_longer_so, spelt_twice
from operator_core.domain.base import ModelRef
from operator_core.domain.proposals import Proposal, ProposalAction
from operator_core.domain.signals import Facts, Signals

NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)


def signals(model_id: str, days: float | None = None, *, provider: str = "p", listed: bool = True) -> Signals:
    """`days`: since its last success."""
    last = None if days is None else NOW - timedelta(days=days)
    ref = ModelRef(provider=provider, model_id=model_id)
    return Signals(ref=ref, listed=listed, enabled=listed, last_success=last)


def found(*given: Signals) -> list[tuple[ProposalAction, list[str], str | None]]:
    drafts = spelt_twice(Facts(now=NOW, signals=given))
    return [(d.action, [m.ref.model_id for m in d.members], d.members[0].successor) for d in drafts]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("MiniMaxAI/MiniMax-M3", "minimaxai/minimax-m3"),
        ("MiniMax-M3", "minimaxai/minimax_m3"),
        ("gpt-4.1", "GPT_4.1"),
        ("claude-3-5-haiku", "Claude_3_5 Haiku"),
        ("claude-3-5-sonnet@20240620", "claude-3-5-sonnet-20240620"),
        ("Qwen/Qwen2.5-7B-Instruct", "qwen2.5-7b-instruct"),
    ],
)
def test_case_separators_and_a_maker_before_it_make_no_other_model(one: str, other: str) -> None:
    others = (signals("minimaxai/speech-2", 1), signals("Qwen/qwq-32b", 1))
    assert found(signals(one, 1), signals(other), *others) == [(ProposalAction.MERGE, [other], one)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("gpt-4.1", "gpt-41"),
        ("gpt-4.1", "gpt-4.1-mini"),
        ("gpt-4o-2024-05-13", "gpt-4o-2024-08-06"),
        ("llama-3-8b", "llama-3-70b"),
        ("llama-3-8b", "llama-3-8b-instruct"),
        ("gemini-2.5-pro", "gemini-2.5-pro-preview"),
        ("qwen-72b", "qwen-72b-awq"),
        ("command-r", "command-r+"),
        ("meta/llama-3-8b", "nvidia/llama-3-8b"),
        ("minimax-m2", "minimax-m3"),
        ("gemma-2-9b", "gemma-2.9b"),
        ("llama-3-8b", "llama-3.8b"),
        ("x:free", "x-free"),
        ("c#", "c"),
        ("us-west/x-1", "x-1"),
        ("batch/y-2", "y-2"),
        ("eu/x", "x"),
        ("lora/x", "x"),
        ("free/x", "x"),
        ("accounts/global/x", "x"),
        ("alone/x", "x"),
    ],
)
def test_another_version_date_size_tuning_or_maker_is_another_model(one: str, other: str) -> None:
    before = one.rpartition("/")[0]
    served = [signals(f"{before}/z-9", 1)] if before not in {"", "alone"} else []
    assert found(signals(one, 1), signals(other, 1), *served) == []


def test_of_two_spellings_the_one_with_the_latest_results_stays() -> None:
    assert found(signals("MiniMax-M3", 1), signals("minimax-m3"), signals("minimax-m2", 1)) == [
        (ProposalAction.MERGE, ["minimax-m3"], "MiniMax-M3")
    ]
    assert found(signals("a-1", 9), signals("A/a-1", 2), signals("A-1"), signals("a/b-2")) == [
        (ProposalAction.MERGE, ["a-1", "A-1"], "A/a-1")
    ]


def test_results_under_another_spelling_than_the_catalogues_are_a_rename() -> None:
    assert found(signals("MiniMax-M3"), signals("minimax-m3", 1, listed=False)) == [
        (ProposalAction.RENAME, ["MiniMax-M3"], "minimax-m3")
    ]
    assert found(signals("MiniMax-M3", 2), signals("minimax-m3", 1, listed=False)) == [], "both have results"
    assert found(signals("MiniMax-M3"), signals("minimax-m2", 1, listed=False)) == []


def test_other_providers_and_disabled_models_and_two_makers_are_no_reason() -> None:
    off = signals("a-1", 1).model_copy(update={"enabled": False})
    assert found(signals("A-1", 1), off) == []
    assert found(signals("A-1", 1), signals("a-1", 1, provider="q")) == []
    assert found(signals("x/a-1", 1), signals("y/a-1", 1), signals("a-1", 1)) == []
    makers = (signals("x/b-2", 1), signals("y/b-3", 1))
    assert found(signals("x/a-1", 1), signals("y/a-1", 1), signals("a-1", 1), *makers) == []


@pytest.mark.parametrize(
    ("added", "rename"), [(None, True), (9, True), (2.5, True), (1, False), (0.1, False)]
)
def test_results_from_before_the_catalogue_had_the_model_are_no_rename(
    added: float | None, rename: bool
) -> None:
    created = None if added is None else NOW - timedelta(days=added)
    listed = signals("MiniMax-M3").model_copy(update={"created_at": created})
    assert bool(found(listed, signals("minimax-m3", 2, listed=False))) == rename


def gone(model_id: str, provider: str = "p", *, since: float = 4) -> Signals:
    """It fails since so many days, and answered a day before."""
    failing = {"failing_since": NOW - timedelta(days=since), "last_failure": NOW}
    return signals(model_id, since + 1, provider=provider).model_copy(update=failing)


@pytest.mark.parametrize(
    ("name", "provider", "other"),
    [
        ("Vendor/M-7b", "p", "vendor/m-7b"),
        ("m-7b", "p", "m-7b "),
        ("m-7b", "p", "Vendor/m_7b"),
        ("vendor/m-7b", "p", "M-7B"),
        ("m-7b", "P", "m-7b"),
        ("m-7b", " p ", "vendor/M-7b"),
        ("accounts/fireworks/models/m-7b", "p", "m-7b"),
        ("m-7b", "p", "us.acme.m-7b-v1:0"),
        ("m-7b", "p", "batch/m-7b"),
        ("m-7b", "p", "m-7b-turbo"),
        ("m-v3p3-7b-instruct", "p", "acme/M-3.3-7B-Instruct"),
        ("acme/m-7b", "p", "acme-ai/m-7b"),
    ],
)
@pytest.mark.parametrize("listed", [True, False])
def test_a_success_in_another_spelling_is_one_of_the_model(
    name: str, provider: str, other: str, *, listed: bool
) -> None:
    lost, well = gone(name), signals(other, 1, provider=provider, listed=listed)
    assert answered_as(Facts(now=NOW, signals=(lost, well))) == {lost.ref: well.ref}
    old = signals(other, 4.5, provider=provider, listed=listed)
    assert answered_as(Facts(now=NOW, signals=(lost, old))) == {}, "before it failed"


@pytest.mark.parametrize(
    "other",
    [
        "m-7b-instruct",
        "m-7b:free",
        "m-7b-0528",
        "m-7b-2025-05-28",
        "m-7b-v2",
        "m-70b",
        "m-7b-preview",
    ],
)
def test_a_success_of_another_model_is_none_of_it(other: str) -> None:
    assert answered_as(Facts(now=NOW, signals=(gone("m-7b"), signals(other, 1)))) == {}
    makers = (gone("acme/m-7b"), signals("zeta/m-7b", 1), signals("m-7b", 1, provider="q"))
    assert answered_as(Facts(now=NOW, signals=makers)) == {}


def test_more_spellings_that_answer_leave_no_less_doubt() -> None:
    others = [signals(one, 0.1) for one in ("m-7b", "meta/m-7b", "meta-llama/m-7b", "us.meta.m-7b", "M_7b")]
    for count in range(1, len(others) + 1):
        lost = gone("P/m-7b")
        named = answered_as(Facts(now=NOW, signals=(lost, *others[:count])))
        assert set(named) == {lost.ref}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("accounts/fireworks/models/llama-v3p1-8b-instruct", "accounts/acme/models/llama-v3p1-8b-instruct"),
        ("publishers/meta/models/medium-3", "publishers/mistralai/models/medium-3"),
        ("models/owl-9b", "accounts/fireworks/routers/owl-9b"),
        (
            "arn:aws:bedrock:us-east-1:1:imported-model/owl-9b",
            "arn:aws:bedrock:us-east-1:2:imported-model/owl-9b",
        ),
        ("owl-9b", "arn:aws:bedrock:us-east-1:1:imported-model/owl-9b"),
        ("owl-9b", "projects/zeta/publishers/google/models/owl-9b"),
    ],
)
def test_of_two_accounts_or_publishers_none_takes_the_others_place(one: str, other: str) -> None:
    beside = [signals(f"{name.rpartition('/')[0]}/another-1b".lstrip("/"), 1) for name in (one, other)]
    assert found(signals(one, 1), signals(other, 1), *beside) == []
    assert found(gone(other), signals(one, 1, listed=False), *beside) == []


@pytest.mark.parametrize("other", ["M-7B", "m_7b", "M 7b"])
@pytest.mark.parametrize("listed", [True, False])
def test_what_answers_in_another_spelling_alone_is_found(other: str, *, listed: bool) -> None:
    facts = Facts(now=NOW, signals=(gone("m-7b"), signals(other, 1, listed=listed)))
    [draft] = spelt_twice(facts)
    action = ProposalAction.MERGE if listed else ProposalAction.RENAME
    assert (draft.action, [(m.ref.model_id, m.successor) for m in draft.members]) == (
        action,
        [("m-7b", other)],
    )
    asked = Proposal(**draft.asked, id="P-1", created_at=NOW, updated_at=NOW)
    assert no_longer_so(asked, facts) == {}
    assert no_longer_so(asked, Facts(now=NOW, signals=(gone("m-7b"), signals("m-7b-mini", 1)))) != {}


def test_spaces_beside_a_name_are_no_name_to_add() -> None:
    assert found(gone("m-7b"), signals("m-7b ", 1, listed=False)) == []
