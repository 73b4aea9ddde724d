"""Builders of what the views draw."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.slack.views.actions import Target
from bot.slack.views.card import Card
from bot.slack.views.content import Autopilot
from bot.slack.views.replies import Status
from operator_core.domain.base import ModelRef
from operator_core.domain.changes import Change, Image, Op, Outcome, Result
from operator_core.domain.decisions import LlmUse, Route
from operator_core.domain.holds import Hold, Origin
from operator_core.domain.journal import EntryState, JournalEntry, ModeChoice, ModeInForce
from operator_core.domain.kinds import Kind
from operator_core.domain.mode import Mode, lesser
from operator_core.domain.proposals import Member, Proposal, ProposalAction, State, Transition
from operator_core.domain.situations import Scope

NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)
ANA, BEN = "U0ANA", "U0BEN"
NAMES = {ANA: "Ana", BEN: "Ben <!here>"}
HOSTILE = ("<!channel> 🚨🚨 <https://evil.example|click> & `rm` *bold* :tada: " * 6)[:300]
LLM = LlmUse(model="gpt-5.2", calls=1, cost_usd=0.004)


def autopilot(mode: Mode = Mode.ON, allowed: Mode = Mode.ON, **fields: Any) -> Autopilot:
    """As it began, three days ago."""
    chosen = ModeChoice(mode=mode, at=NOW - timedelta(days=3))
    return Autopilot(mode=ModeInForce(mode=lesser(mode, allowed), chosen=chosen), **fields)


STATUS = Status(
    version="0.1.0",
    last_good_run=NOW - timedelta(hours=2),
    next_digest=NOW + timedelta(hours=22),
    llm="gpt-5.2 answers",
    database="answers in 3 ms",
    autopilot=autopilot(changes_used=5, changes_allowed=20),
)


def ago(hours: float) -> datetime:
    return NOW - timedelta(hours=hours)


def ref(model_id: str = "m-0", provider: str = "bedrock") -> ModelRef:
    return ModelRef(provider=provider, model_id=model_id)


def member(model_id: str = "m-0", provider: str = "bedrock", **fields: Any) -> Member:
    usual: dict[str, Any] = {
        "enabled": True,
        "failures": 94,
        "failing_since": ago(96),
        "last_failure": ago(1),
        "last_success": ago(100),
        "sample": "This model version has reached the end of its life.",
        "old": True,
        "elsewhere": 3,
        "still_offered": False,
        "route": Route.ASK,
        "gate": "6 of 19 is more than I may do alone",
    }
    return Member(ref=ref(model_id, provider), **{**usual, **fields})


def proposal(
    count: int = 6,
    *,
    id_: str = "P-412",
    action: ProposalAction = ProposalAction.DISABLE,
    state: State = State.PENDING,
    moves: Sequence[Transition] = (),
    name: str = "model-{}",
    provider: str = "bedrock",
    **fields: Any,
) -> Proposal:
    attend = action == ProposalAction.ATTEND
    usual: dict[str, Any] = {
        "fingerprint": f"fp-{id_}",
        "scope": Scope.PROVIDER if attend else Scope.PATTERN,
        "kind": Kind.BILLING if attend else Kind.HARD_MODEL,
        "members": tuple(member(name.format(n), provider) for n in range(count)),
        "reasoning": "The provider has retired it.",
        "suggested_by": "gpt-5.2",
        "confidence": 0.97,
        "provider_enabled": max(19, count),
        "created_at": ago(80),
        "updated_at": ago(1),
    }
    return Proposal(
        id=id_, action=action, provider=provider, state=state, moves=tuple(moves), **{**usual, **fields}
    )


def transition(
    target: State, by: str = ANA, hours: float = 1, reason: str = "", source: State = State.PENDING
) -> Transition:
    return Transition(source=source, target=target, by=by, at=ago(hours), reason=reason)


def lived(state: State, *, action: ProposalAction = ProposalAction.DISABLE, hostile: bool = False) -> Card:
    """A card in this state, with the moves that lead there."""
    reason = HOSTILE if hostile else "vendor says back Friday"
    way = {
        State.PENDING: [],
        State.EXECUTED: [transition(State.APPROVED), transition(State.EXECUTED, source=State.APPROVED)],
        State.PARTLY: [transition(State.APPROVED), transition(State.PARTLY, source=State.APPROVED)],
        State.CONFLICTED: [transition(State.APPROVED), transition(State.CONFLICTED, source=State.APPROVED)],
        State.FAILED: [transition(State.APPROVED), transition(State.FAILED, source=State.APPROVED)],
        State.UNDONE: [transition(State.APPROVED, hours=2), transition(State.UNDONE, by=BEN, reason=reason)],
    }.get(state, [transition(state, reason=reason)])
    drawn = proposal(
        state=state,
        moves=way,
        action=action,
        name=HOSTILE[:290] + "{}" if hostile else "model-{}",
        provider=HOSTILE if hostile else "bedrock",
    )
    result = {State.CONFLICTED: Result.CONFLICT, State.FAILED: Result.FAILED, State.APPROVED: Result.PENDING}
    first = Result.CONFLICT if state == State.PARTLY else result.get(state, Result.DONE)
    outcomes = tuple(
        Outcome(
            ref=r,
            result=first if n == 0 else result.get(state, Result.DONE),
            detail=HOSTILE if hostile else "enabled: true → false",
        )
        for n, r in enumerate(drawn.refs)
    )
    return Card(proposal=drawn, outcomes=() if state == State.PENDING else outcomes, undo=Target(id="J-412"))


def entry(
    count: int = 5, *, id_: str = "J-412", by: str = ANA, name: str = "model-{}", **fields: Any
) -> JournalEntry:
    changes = tuple(change(ref(name.format(n))) for n in range(count))
    usual: dict[str, Any] = {
        "proposal_id": "P-412",
        "revision": 1,
        "action": ProposalAction.DISABLE,
        "provider": "bedrock",
        "started_at": ago(2),
        "closed_at": ago(2),
        "owner": "one",
        "lease": ago(1),
        "state": EntryState.CLOSED,
        "changes": changes,
    }
    return JournalEntry(id=id_, by=by, **{**usual, **fields})


def change(ref_: ModelRef, result: Result = Result.DONE, **fields: Any) -> Change:
    return Change(
        ref=ref_,
        member=ref_,
        op=Op.SET,
        before=Image(values={"enabled": True}),
        after=Image(values={"enabled": False}),
        result=result,
        **fields,
    )


def hold(number: int = 1, **fields: Any) -> Hold:
    usual: dict[str, Any] = {
        "provider": "bedrock",
        "model_id": f"model-{number}",
        "fingerprint": None,
        "kind": Kind.HARD_MODEL,
        "by": BEN,
        "reason": "contract until March",
        "at": ago(30),
        "origin": Origin.UNDID,
    }
    return Hold(id=f"H-{number}", **{**usual, **fields})


def submitted(
    view: dict[str, Any], untick: Sequence[str] = (), note: str = "", choice: str = ""
) -> dict[str, Any]:
    """The view as Slack sends it back, after a person unticked some of what was ticked."""
    values: dict[str, dict[str, Any]] = {}
    for block in view["blocks"]:
        element = block.get("element")
        if element is None:
            continue
        state: dict[str, Any] = {"type": element["type"]}
        if element["type"] == "checkboxes":
            ticked = element.get("initial_options", [])
            state["selected_options"] = [option for option in ticked if option["value"] not in untick]
        elif element["type"] == "radio_buttons":
            options = {option["value"]: option for option in element["options"]}
            state["selected_option"] = options[choice] if choice else element.get("initial_option")
        else:
            state["value"] = note or None
        values[block["block_id"]] = {element["action_id"]: state}
    return {**view, "state": {"values": values}}


def tick(view: dict[str, Any], *values: str) -> dict[str, Any]:
    """The submitted view with only these ticked."""
    for block in view["blocks"]:
        element = block.get("element", {})
        if element.get("type") == "checkboxes":
            chosen = [option for option in element["options"] if option["value"] in values]
            view["state"]["values"][block["block_id"]][element["action_id"]]["selected_options"] = chosen
    return view
