"""What is found about the catalogue: models that give results unlisted, and models measured twice over."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest

from operator_core.diagnosis.findings import findings, no_longer_so
from operator_core.domain.base import ModelRef
from operator_core.domain.proposals import Draft, Proposal, ProposalAction
from operator_core.domain.signals import Facts, Signals

NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)
OPENROUTER = (
    "openai/gpt-5",
    "anthropic/claude-opus-4.5",
    "deepseek/deepseek-v3.2",
    "x-ai/grok-4",
    "qwen/qwq-32b",
)
DIRECT = ("openai/gpt-5", "anthropic/claude-opus-4-5", "deepseek/DeepSeek-V3.2", "xai/grok-4")


def signals(name: str, hours: float | None = 2, **fields: object) -> Signals:
    """`name`: "PROVIDER/MODEL". `hours`: since its last success."""
    provider, _, model_id = name.partition("/")
    last = None if hours is None else NOW - timedelta(hours=hours)
    ref = ModelRef(provider=provider, model_id=model_id)
    return Signals.model_validate(
        {"ref": ref, "listed": True, "enabled": True, "last_success": last, **fields}
    )


def facts(given: Iterable[Signals]) -> Facts:
    return Facts(now=NOW, signals=tuple(sorted(given, key=lambda one: one.ref)))


def found(given: Iterable[Signals]) -> list[tuple[ProposalAction, str, list[str]]]:
    drafts = findings(facts(given))
    return [(d.action, d.provider, [m.ref.model_id for m in d.members]) for d in drafts]


def proposal(draft: Draft) -> Proposal:
    return Proposal(**draft.asked, id="P-1", created_at=NOW, updated_at=NOW)


@pytest.mark.parametrize("name", ["gemma-3-27b", "Vendor/New_Model", "m"])
@pytest.mark.parametrize("hours", [0.1, 20])
def test_a_model_that_gives_results_unlisted_may_be_added(name: str, hours: float) -> None:
    given = (signals("p/listed"), signals(f"p/{name}", hours, listed=False, enabled=False))
    assert found(given) == [(ProposalAction.ADD, "p", [name])]


@pytest.mark.parametrize(
    "ghost",
    [
        signals("nobody/ghost", listed=False, enabled=False),
        signals("p/ghost", 40, listed=False, enabled=False),
        signals("p/ghost", None, listed=False, enabled=False, last_failure=NOW, failing_since=NOW),
        signals("p/ghost", listed=False, enabled=False, last_failure=NOW, failing_since=NOW),
        signals("p/LISTED", listed=False, enabled=False),
        signals("p/vendor/switched_off", listed=False, enabled=False),
    ],
    ids=["provider unknown", "long ago", "never answered", "fails by now", "another spelling", "that is off"],
)
def test_no_model_is_offered_that_may_be_gone_or_is_in_the_catalogue(ghost: Signals) -> None:
    off = signals("p/switched-off", 400, enabled=False)
    assert all(action != ProposalAction.ADD for action, *_ in found((signals("p/listed"), off, ghost)))


def test_what_an_aggregator_passes_on_of_makers_measured_here_may_be_switched_off() -> None:
    given = [*map(signals, DIRECT), *(signals(f"router/{name}") for name in OPENROUTER)]
    assert found(given) == [(ProposalAction.DISABLE, "router", sorted(OPENROUTER[:4]))]


@pytest.mark.parametrize("before", ["openrouter/", "vercel/gateway/", ""])
def test_whatever_stands_before_the_makers_name(before: str) -> None:
    given = [*map(signals, DIRECT), *(signals(f"router/{before}{name}") for name in OPENROUTER)]
    assert len(found(given)[0][2]) == 4


@pytest.mark.parametrize(
    ("theirs", "own"),
    [
        (OPENROUTER[:2], DIRECT),
        (OPENROUTER, DIRECT[:2]),
        (
            ("deepseek-ai/DeepSeek-V3.2", "mistralai/Mixtral-8x7B", "moonshotai/Kimi-K2", "zai-org/GLM-4.6"),
            ("deepseek/deepseek-v3.2", "mistral/mixtral-8x7b", "moonshot/kimi-k2", "zai/glm-4.6"),
        ),
        (("anthropic.claude-opus-4-5", "openai.gpt-5", "deepseek.v3.2"), DIRECT),
        (("gpt-5", "claude-opus-4-5", "grok-4", "deepseek-v3.2"), DIRECT),
        (("openai/gpt-5-mini", "anthropic/claude-haiku-4.5", "deepseek/deepseek-r1"), DIRECT),
    ],
    ids=["two makers", "two measured", "serves their weights", "a cloud", "names no makers", "other models"],
)
def test_no_other_provider_is_an_aggregator(theirs: tuple[str, ...], own: tuple[str, ...]) -> None:
    assert found([*map(signals, own), *(signals(f"router/{name}") for name in theirs)]) == []


def test_an_alias_is_its_makers_only_checkpoint_and_no_one_of_two() -> None:
    dated = [signals("openai/gpt-5-2025-08-07"), *map(signals, DIRECT[1:])]
    router = [signals(f"router/{name}") for name in OPENROUTER]
    assert "openai/gpt-5" in found([*dated, *router])[0][2]
    assert "openai/gpt-5" not in found([*dated, signals("openai/gpt-5-2025-11-01"), *router])[0][2]


def test_what_was_found_is_over_where_the_other_side_stops_and_not_by_what_was_done_about_it() -> None:
    router = [signals(f"router/{name}") for name in OPENROUTER]
    [draft] = findings(facts([*map(signals, DIRECT), *router]))
    off = [one.model_copy(update={"enabled": False}) for one in router]
    assert no_longer_so(proposal(draft), facts([*map(signals, DIRECT), *off])) == {}
    failing = signals(DIRECT[3], last_failure=NOW, failing_since=NOW)
    over = no_longer_so(proposal(draft), facts([*map(signals, DIRECT[:3]), failing, *router]))
    assert [ref.model_id for ref in over] == ["x-ai/grok-4"]
    ghost = signals("p/ghost", listed=False, enabled=False)
    [draft] = findings(facts([signals("p/listed"), ghost]))
    added = signals("p/ghost", listed=True)
    assert no_longer_so(proposal(draft), facts([signals("p/listed"), added])) == {}
    assert no_longer_so(proposal(draft), facts([signals("p/listed")])) != {}


@pytest.mark.parametrize("host", ["bedrock", "vertex", "Together"])
def test_a_provider_with_a_list_of_its_own_is_no_aggregator(host: str) -> None:
    given = [*map(signals, DIRECT), *(signals(f"{host}/{name}") for name in OPENROUTER)]
    assert [draft.provider for draft in findings(facts(given))] == [host]
    assert [*findings(facts(given), {"bedrock", "vertex", "together"})] == []
