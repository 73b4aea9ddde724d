"""What `/operator analyze` says: how the providers are, what waits about them, and what it cost."""

from typing import Any

import pytest

from bot.slack.views.actions import Target
from bot.slack.views.analysis import analysis, providers_of, shared
from operator_core.domain.decisions import Action, LlmUse, Verdict
from operator_core.domain.kinds import Kind
from operator_core.domain.proposals import ProposalAction
from operator_core.domain.runs import ProviderCount, Run, SituationRecord
from operator_core.domain.situations import Scope
from support.slack_limits import actions_of, all_text, check_message
from support.view_values import HOSTILE, LLM, NAMES, NOW, ago, proposal, ref


def situation(number: int, name: str = "bedrock") -> SituationRecord:
    return SituationRecord(
        id=str(number),
        provider=name,
        scope=Scope.PATTERN,
        kind=Kind.HARD_MODEL,
        pattern="",
        models=(ref(), ref("b")),
        provider_enabled=19,
        failing_since=ago(96),
        last_success=None,
        failures=94,
        sample="",
        verdict=Verdict(action=Action.DISABLE, confidence=0.9, reasoning="", suggested_by="rules"),
    )


def run(**fields: Any) -> Run:
    usual: dict[str, Any] = {
        "id": "r",
        "trigger": "slack:U1",
        "started_at": NOW,
        "seconds": 1.9,
        "models": 523,
        "enabled": 222,
        "settled": 506,
        "judged": 17,
        "situations": (situation(1),),
        "decisions": (),
        "providers": (
            ProviderCount(provider="bedrock", enabled=19, answering=13),
            ProviderCount(provider="groq", enabled=203, answering=80),
        ),
        "llm": LLM,
    }
    return Run(**{**usual, **fields})


@pytest.mark.parametrize(("asked", "held"), [((), 3), (("bedrock",), 2), (("groq",), 1), (("openai",), 0)])
def test_only_what_is_on_hold_at_these_providers_is_told(asked: tuple[str, ...], held: int) -> None:
    ours = (ref("a"), ref("b"), ref("c", "groq"))
    said = all_text(analysis(run(held=ours), asked, (), {}, NAMES, NOW))
    assert (f"On hold, not judged: {held} model" in said) is bool(held)


def test_a_provider_is_told_in_a_line_and_what_waits_about_it_has_its_buttons() -> None:
    message = analysis(run(), ["bedrock"], [proposal()], {"P-412": "https://w.slack.com/p1"}, NAMES, NOW)
    check_message(message)
    text = all_text(message)
    assert "*bedrock*: 13 of 19 models answer. 2 gone at the provider for 4 days." in text
    assert "222" not in text, "of the others nothing is said"
    assert "<https://w.slack.com/p1|in the channel too>" in text
    assert "Looked just now · gpt-5.2, 1 call, $0.004" in text
    assert actions_of(message)[:3] == ["approve.P-412", "reject.P-412", "more.P-412"]
    assert actions_of(message)[-1].startswith("share.")


def test_all_providers_are_a_sum_and_a_line_for_each_in_trouble() -> None:
    text = all_text(analysis(run(), [], [], {}, NAMES, NOW))
    assert "*93 of 222* enabled models answer." in text
    assert "• *bedrock*: 13 of 19 models answer." in text
    assert "groq" not in text
    assert "*mistral*: no enabled models." in all_text(analysis(run(), ["mistral"], [], {}, NAMES, NOW))


def test_a_look_that_asked_nothing_new_says_that_it_was_free() -> None:
    text = all_text(analysis(run(llm=LlmUse(model="gpt-5.2"), started_at=ago(2)), [], [], {}, NAMES, NOW))
    assert "Looked 2 hours ago · nothing new to ask gpt-5.2, $0" in text


@pytest.mark.parametrize("count", [0, 1, 5, 400])
@pytest.mark.parametrize(
    "fields",
    [
        {"situations": ()},
        {"runner_down": True, "last_result": ago(26)},
        {"situations": tuple(situation(n, HOSTILE) for n in range(400)), "notes": (HOSTILE,) * 9},
        {"llm": LlmUse(model="gpt-5.2", fallback=HOSTILE)},
        {"llm": LlmUse(model="gpt-5.2"), "unreadable_rows": 1, "held": (ref(),)},
    ],
)
def test_any_run_can_be_told(fields: dict[str, Any], count: int) -> None:
    actions = [one for one in ProposalAction if one != ProposalAction.ADD]
    cards = [proposal(2, id_=f"P-{n}", name=HOSTILE[:200], action=actions[n % 4]) for n in range(count)]
    for providers in ([], [HOSTILE]):
        check_message(analysis(run(**fields), providers, cards, {}, NAMES, NOW))


@pytest.mark.parametrize("providers", [[], ["groq"], ["z.ai", "a:b", "c,d@e"]])
def test_what_the_share_button_carries_says_what_was_looked_at(providers: list[str]) -> None:
    carried = Target.parse(f"{shared(run(), providers)}@d1.db")
    assert (carried.id, list(providers_of(carried))) == ("r", providers)
