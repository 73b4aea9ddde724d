"""Where each gate lies, to the failure, the hour and the word: on the line, and one step past it."""

from datetime import timedelta
from typing import Any

import pytest

from operator_core.domain.base import ModelRef
from operator_core.domain.decisions import Action, Decision
from operator_core.domain.holds import Hold, Origin
from operator_core.domain.kinds import Evidence, Kind
from operator_core.domain.signals import FailureGroup, Signals
from operator_core.domain.situations import AffectedModel, Scope
from operator_core.policy.drafts import Background
from operator_core.policy.gates import held_back, of_every_model
from support.evidence import NOW, ago, answering, failing, group, ref
from support.gates import SURE, gate_of, situation, told, well


@pytest.mark.parametrize(
    ("usual", "last", "gate"),
    [
        (6, 12, ""),
        (6, 12.01, "12 hours old"),
        (10, 20, ""),
        (10, 20.5, "20 hours old"),
        (12.2, 24, ""),
        (12.2, 24.3, "24 hours old"),
        (0.5, 1, ""),
        (0.5, 1.1, "1 hour old"),
        (None, 24, ""),
        (None, 24.1, "24 hours old"),
    ],
)
def test_a_failure_is_fresh_for_two_of_the_models_intervals_and_a_day_at_most(
    usual: float | None, last: float, gate: str
) -> None:
    signals = failing("m", group(first=last + 60, last=last)).model_copy(
        update={"usual_interval": None if usual is None else timedelta(hours=usual)}
    )
    assert gate in gate_of(signals)
    assert bool(gate) == bool(gate_of(signals))


@pytest.mark.parametrize(("count", "gate"), [(2, "there were only 2 failures of the 3 it takes"), (3, "")])
def test_so_many_failures_it_takes(count: int, gate: str) -> None:
    assert gate_of(failing("m", group(count=count))) == gate
    assert gate_of(failing("m", group(count=count)), min_failures=count) == ""


@pytest.mark.parametrize(
    ("first", "last", "gate"),
    [
        (50, 2, ""),
        (49.9, 2, "the failures span 47 of the 48 hours it takes"),
        (48, 0, ""),
        (54, 6.1, "the failures span 47 of the 48 hours it takes"),
    ],
)
def test_so_many_hours_they_span(first: float, last: float, gate: str) -> None:
    assert gate_of(failing("m", group(first=first, last=last))) == gate


@pytest.mark.parametrize(("hours", "action"), [(48, Action.DISABLE), (47.99, Action.MONITOR)])
def test_so_long_it_failed_before_it_is_anything_to_disable(hours: float, action: Action) -> None:
    assert told(situation(failing("m", group(first=hours, last=1))))["m"].action == action


@pytest.mark.parametrize(
    ("confidence", "gate"),
    [
        (0.95, ""),
        (0.9499, "confidence 0.94 is below 0.95"),
        (1.0, ""),
        (0.0, "confidence 0.00 is below 0.95"),
    ],
)
def test_so_sure_the_llm_is(confidence: float, gate: str) -> None:
    sure = SURE.model_copy(update={"confidence": confidence})
    assert gate_of(failing("m"), verdict=sure) == gate


@pytest.mark.parametrize("by", ["rules", "triage"])
def test_who_is_no_llm_opens_no_gate(by: str) -> None:
    verdict = SURE.model_copy(update={"suggested_by": by})
    assert gate_of(failing("m"), verdict=verdict) == "written rules judged, not an LLM"


@pytest.mark.parametrize(
    ("evidence", "gate"),
    [
        (Evidence.WORDS, ""),
        (Evidence.CODE, ""),
        (Evidence.STATUS, Evidence.STATUS.said),
        (Evidence.NONE, Evidence.NONE.said),
    ],
)
def test_what_is_said_of_the_model_itself_it_takes(evidence: Evidence, gate: str) -> None:
    assert gate_of(failing("m", group(evidence=evidence))) == gate


@pytest.mark.parametrize(
    ("undated", "gate"), [(0, ""), (1, "it has 1 success of"), (2, "it has 2 successes")]
)
def test_an_answer_of_no_usable_time_may_be_the_newest(undated: int, gate: str) -> None:
    signals = failing("m").model_copy(update={"undated_successes": undated})
    assert gate_of(signals).startswith(gate)
    assert bool(gate_of(signals)) == bool(undated)


def test_without_a_last_failure_nothing_is_done_alone() -> None:
    signals = failing("m").model_copy(update={"last_failure": None})
    assert gate_of(signals) == "no failures were measured"


NOTHING_MEASURED: dict[str, tuple[Signals, FailureGroup | None]] = {
    "no cause": (failing("m"), None),
    "its latest run succeeded": (answering("m"), group()),
    "it never ran": (answering("m").model_copy(update={"last_success": None}), None),
}


@pytest.mark.parametrize("name", NOTHING_MEASURED)
def test_what_did_not_fail_is_not_disabled_at_all(name: str) -> None:
    signals, cause = NOTHING_MEASURED[name]
    bare = situation(signals).model_copy(update={"affected": (AffectedModel(signals=signals, cause=cause),)})
    decision = told(bare, min_failing_hours=0.01)["m"]
    assert (decision.action, decision.alone) == (Action.MONITOR, False)


def test_only_what_a_providers_errors_say_is_done_alone() -> None:
    decision = told(situation(failing("m"), scope=Scope.FLAGGED))["m"]
    assert decision.gate == "only what the provider's errors say is done without a person"
    assert decision.situation is None
    assert told(situation(failing("m")))["m"].situation == "s1"


@pytest.mark.parametrize("scope", [Scope.PROVIDER, Scope.SILENCE])
def test_an_outage_or_silence_disables_nothing_and_says_so(scope: Scope) -> None:
    decision = told(situation(failing("m"), scope=scope))["m"]
    assert decision.action == Action.MONITOR
    assert decision.reasoning == "Gone. A provider's outage or silence disables nothing."


@pytest.mark.parametrize("action", [Action.MONITOR, Action.IGNORE])
def test_a_verdict_that_disables_nothing_meets_no_gate(action: Action) -> None:
    verdict = SURE.model_copy(update={"action": action})
    decision = told(situation(failing("m", group(first=1, last=0.5))), verdict=verdict)["m"]
    assert (decision.action, decision.reasoning, decision.gate) == (action, "Gone.", "")
    assert not decision.alone


AUTH = {"kind": Kind.AUTH}
BAD_KEY = "no other model of this provider succeeded since, so the key itself may be bad"
NEIGHBOURS: dict[str, tuple[list[Signals], str]] = {
    "one answered since": ([answering("w", success=1.9)], ""),
    "one did and others not": ([*well(3, success=5), answering("w", success=1)], ""),
    "at the same moment": ([answering("w", success=2)], BAD_KEY),
    "before": ([answering("w", success=2.1)], BAD_KEY),
    "of another provider": ([*well(1, "openai", success=1), *well(1, success=9)], BAD_KEY),
    "one that runs no more": ([answering("w", success=1, enabled=False), *well(1, success=9)], BAD_KEY),
    "one that never answered": ([failing("w", success=None), *well(1, success=9)], BAD_KEY),
    "nobody": (well(1, success=9), BAD_KEY),
}


@pytest.mark.parametrize("name", NEIGHBOURS)
def test_a_key_is_good_while_another_running_model_of_the_provider_answers(name: str) -> None:
    others, gate = NEIGHBOURS[name]
    refused = failing("m", group(Kind.AUTH)).model_copy(update={"last_success": ago(1)})
    more = [*others, *well(4, success=90)]
    unique = {one.ref: one for one in reversed(more)}
    assert gate_of(refused, **AUTH, others=list(unique.values())) == gate
    assert gate_of(failing("m"), others=list(unique.values())) == "", "of a model that is gone it isn't asked"


@pytest.mark.parametrize(
    ("elsewhere", "offered", "gate"),
    [
        (1, None, ""),
        (2, True, ""),
        (0, False, ""),
        (0, None, "no other provider that answers keeps it"),
        (None, None, "no other provider that answers keeps it"),
        (0, True, "no other provider that answers keeps it, and groq's own list still names it"),
    ],
)
def test_what_leaves_the_site_is_asked_unless_its_provider_dropped_it(
    elsewhere: int | None, offered: bool | None, gate: str
) -> None:
    one = ref("m")
    background = Background(
        elsewhere={} if elsewhere is None else {one: elsewhere},
        offered={} if offered is None else {one: offered},
    )
    assert gate_of(failing("m"), background=background) == gate


def hold(model_id: str | None = None, fingerprint: str | None = None, **said: Any) -> Hold:
    return Hold(
        id="H-1", provider="groq", model_id=model_id, fingerprint=fingerprint, by="U1", at=NOW,
        origin=Origin.REJECTED, **said,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("holds", "held"),
    [
        ([hold("a")], ["a"]),
        ([hold(fingerprint="s1")], ["a", "b"]),
        ([hold("a", kind=Kind.AUTH)], []),
        ([], []),
    ],
)
def test_what_is_on_hold_and_not_judged_is_watched(holds: list[Hold], held: list[str]) -> None:
    whole = situation(failing("a"), failing("b"))
    free = [whole.only([one for one in whole.refs if one.model_id not in held])]
    decisions = held_back([whole], free if held != ["a", "b"] else [], holds)
    assert [one.ref.model_id for one in decisions] == held
    assert all((one.action, one.confidence) == (Action.MONITOR, 1.0) for one in decisions)
    assert held_back([whole], [whole], holds) == (), "judged is judged"


@pytest.mark.parametrize(
    ("reason", "said"), [("contract", "On hold by U1: contract."), ("", "On hold by U1.")]
)
def test_a_hold_says_whose_it_is_and_why(reason: str, said: str) -> None:
    (one,) = held_back([situation(failing("a"))], [], [hold("a", reason=reason)])
    assert (one.reasoning, one.suggested_by) == (said, "triage")


def test_of_each_model_the_last_word_counts_in_the_order_of_names() -> None:
    def said(name: str, reasoning: str) -> Decision:
        return Decision.of(
            ModelRef(provider="groq", model_id=name), SURE.model_copy(update={"reasoning": reasoning})
        )

    triaged = [said("c", "triaged"), said("b", "triaged"), said("a", "triaged")]
    every = of_every_model(triaged, [said("b", "judged"), said("c", "judged")], [said("c", "held")])
    assert [(one.ref.model_id, one.reasoning) for one in every] == [
        ("a", "triaged"), ("b", "judged"), ("c", "held"),
    ]  # fmt: skip
