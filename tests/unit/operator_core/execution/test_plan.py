"""What was approved becomes changes: each document's, with its before-image; and what speaks against them."""

from datetime import timedelta
from typing import Any

import pytest

from operator_core.domain.changes import Change, Op, Result
from operator_core.domain.holds import Hold, Origin
from operator_core.domain.kinds import Kind
from operator_core.domain.proposals import Accepted, Member, Proposal, ProposalAction, State, Transition
from operator_core.domain.signals import Signals
from operator_core.domain.situations import Scope
from operator_core.execution.plan import (
    DISABLED_FIELDS,
    Objections,
    approval_of,
    evidence_changed,
    held_by_people,
    plan,
    unless_objected,
)
from support.evidence import NOW, ago, answering, facts, failing, group, ref

LEASE = timedelta(seconds=30)
APPROVED = Transition(source=State.PENDING, target=State.APPROVED, by="U1", at=NOW)


def member(name: str, **said: Any) -> Member:
    return Member(**{"ref": ref(name), "enabled": True, "failing_since": ago(96), **said})


def approved(*members: Member, approval: Transition = APPROVED, **said: Any) -> Proposal:
    """All of its members, unless `approved` says whom."""
    usual: dict[str, Any] = {
        "id": "P-1",
        "fingerprint": "f1",
        "action": ProposalAction.DISABLE,
        "provider": "groq",
        "scope": Scope.PATTERN,
        "kind": Kind.HARD_MODEL,
        "members": members,
        "reasoning": "It was retired.",
        "suggested_by": "gpt-5.2",
        "created_at": ago(30),
        "updated_at": ago(30),
        "state": State.APPROVED,
        "approved": tuple(one.ref for one in members),
        "moves": (approval,),
    }
    return Proposal(**usual | said)


def document(name: str, **fields: object) -> dict[str, object]:
    return {"_id": f"d-{name}", "provider": "groq", "model_id": name, "enabled": True, **fields}


def planned(proposal: Proposal, *documents: dict[str, object]) -> tuple[Change, ...]:
    found = {one: [d for d in documents if d["model_id"] == one.model_id] for one in proposal.refs}
    return plan(proposal, found, lambda: "new")


def results(changes: tuple[Change, ...]) -> list[tuple[str, Op, Result]]:
    return [(one.ref.model_id, one.op, one.result) for one in changes]


# Objections


@pytest.mark.parametrize(
    ("seconds", "said", "passes"),
    [
        (0, {}, True),
        (29.9, {}, True),
        (30, {}, False),
        (-0.1, {}, False),
        (1, {"gates_at": None}, False),
        (1, {"gates_of": frozenset()}, False),
        (1, {"against": {ref("a"): (Result.SKIPPED, "a gate")}}, False),
        (1, {"against": {ref("b"): (Result.SKIPPED, "a gate")}}, True),
    ],
)
def test_gates_are_passed_within_a_lease_by_those_that_were_looked_at(
    seconds: float, said: dict[str, Any], passes: bool
) -> None:
    usual: dict[str, Any] = {"gates_at": NOW, "gates_of": frozenset({ref("a")})}
    objections = Objections(**usual | said)
    change = Change(ref=ref("a"), member=ref("a"), op=Op.SET)
    assert objections.passed(change, NOW + timedelta(seconds=seconds), LEASE) is passes


@pytest.mark.parametrize("result", Result)
def test_only_what_has_no_result_yet_is_left_alone(result: Result) -> None:
    change = Change(ref=ref("a"), member=ref("a"), op=Op.SET, result=result)
    left = unless_objected(change, Objections(against={ref("a"): (Result.SKIPPED, "on hold")}))
    pending = result == Result.PENDING
    assert (left.result, left.detail) == ((Result.SKIPPED, "on hold") if pending else (result, ""))
    assert unless_objected(change, Objections(against={ref("b"): (Result.SKIPPED, "x")})) == change


def test_of_several_approvals_the_last_counts() -> None:
    first = APPROVED.model_copy(update={"by": "U0"})
    undone = APPROVED.model_copy(update={"target": State.UNDONE, "by": "U9"})
    assert approval_of(approved(member("a"), moves=(first, APPROVED, undone))).by == "U1"


def hold(id_: str = "H-1", **said: Any) -> Hold:
    usual = {"provider": "groq", "by": "U2", "at": NOW, "origin": Origin.UNDID}
    return Hold(id=id_, **usual | said)


@pytest.mark.parametrize(
    ("said", "held"),
    [
        ({"model_id": "a"}, ["a"]),
        ({"model_id": "a", "kind": Kind.HARD_MODEL}, ["a"]),
        ({"model_id": "a", "kind": Kind.AUTH}, []),
        ({"model_id": "c"}, []),
        ({"model_id": "a", "provider": "openai"}, []),
        ({"fingerprint": "f1"}, ["a", "b"]),
        ({"fingerprint": "f2"}, []),
        ({"model_id": "meta/b", "origin": Origin.NEVER}, ["b"]),
        ({"model_id": "meta/b", "origin": Origin.UNDID}, []),
        ({"model_id": "meta/c", "origin": Origin.NEVER}, []),
    ],
)
def test_a_hold_binds_whom_it_is_about(said: dict[str, Any], held: list[str]) -> None:
    proposal = approved(member("a"), member("b", openrouter_id="meta/b"))
    assert held_by_people(proposal, [hold(**said)]) == [ref(name) for name in held]


def test_what_was_accepted_binds_no_more_and_what_came_since_does() -> None:
    accepted = APPROVED.model_copy(update={"accepted": Accepted(holds=("H-1",))})
    proposal = approved(member("a"), approval=accepted)
    assert held_by_people(proposal, [hold("H-1", model_id="a")]) == []
    assert held_by_people(proposal, [hold("H-1", model_id="a"), hold("H-2", model_id="a")]) == [ref("a")]


def test_a_command_without_a_kind_is_bound_by_a_hold_of_any() -> None:
    assert held_by_people(approved(member("a"), kind=None), [hold(model_id="a", kind=Kind.AUTH)]) == [
        ref("a")
    ]


# plan


def test_each_approved_models_documents_are_switched_off_and_no_others() -> None:
    proposal = approved(member("a"), member("b"), approved=(ref("b"),))
    twin = document("b", _id="twin")
    changes = planned(proposal, document("a"), document("b"), twin)
    assert results(changes) == [("b", Op.SET, Result.PENDING)] * 2
    assert [one.document_id for one in changes] == ["d-b", "twin"]
    after = {
        "enabled": False,
        "disabled_reason": "gone at the provider since 2026-11-16 (P-1)",
        "disabled_at": NOW,
        "disabled_by": "ai-operator:U1",
    }
    assert changes[0].after.values == after
    assert changes[0].before.values == {"enabled": True}
    assert changes[0].before.absent == DISABLED_FIELDS
    assert changes[0].based_on.values == {"provider": "groq", "model_id": "b"}


@pytest.mark.parametrize("successor", ["a-2", None, ""])
def test_a_successor_is_recorded_where_there_is_one(successor: str | None) -> None:
    (change,) = planned(approved(member("a", successor=successor)), document("a"))
    assert change.after.values.get("successor_model", "none") == (successor or "none")


def test_enabling_takes_our_fields_away() -> None:
    off = document("a", enabled=False, disabled_by="x")
    (change,) = planned(approved(member("a", enabled=False), action=ProposalAction.ENABLE), off)
    assert (change.after.values, change.after.absent) == ({"enabled": True}, DISABLED_FIELDS)
    assert change.before.values == {"enabled": False, "disabled_by": "x"}


@pytest.mark.parametrize(
    ("fields", "flagged", "result", "detail"),
    [
        ({}, False, Result.PENDING, ""),
        ({"deprecated": True}, True, Result.PENDING, ""),
        ({"deprecated": True}, False, Result.CONFLICT, "deprecated: false → true, changed outside this bot"),
        ({"deprecated": False}, True, Result.CONFLICT, "deprecated: true → false, changed outside this bot"),
        ({"enabled": False, "deprecated": True}, False, Result.ALREADY, "already disabled"),
    ],
)
def test_what_changed_since_it_was_read_is_left_alone(
    fields: dict[str, object], flagged: bool, result: Result, detail: str
) -> None:
    (change,) = planned(approved(member("a", deprecated=flagged)), document("a", **fields))
    assert (change.result, change.detail) == (result, detail)


def test_what_is_no_longer_in_the_catalogue_says_so() -> None:
    (change,) = planned(approved(member("a")))
    assert (change.result, change.detail) == (
        Result.CONFLICT,
        "it is no longer in the catalogue, changed outside this bot",
    )


RENAME = ProposalAction.RENAME


def test_a_rename_adds_the_successor_before_the_old_one_goes() -> None:
    proposal = approved(member("x"), member("a", successor="a-2"), action=RENAME)
    changes = planned(proposal, document("x"), document("a"), document("a", _id="twin"))
    assert results(changes) == [
        ("x", Op.SET, Result.PENDING),
        ("a-2", Op.INSERT, Result.PENDING),
        ("a", Op.SET, Result.PENDING),
        ("a", Op.SET, Result.PENDING),
    ]
    assert [one.needs for one in changes] == [None, None, 1, 1]
    assert {one.member for one in changes[1:]} == {ref("a")}
    assert changes[1].after.values["origin"] == "successor of a"


def test_a_disable_with_a_successor_adds_nothing() -> None:
    assert results(planned(approved(member("a", successor="a-2")), document("a"))) == [
        ("a", Op.SET, Result.PENDING)
    ]


@pytest.mark.parametrize(
    ("documents", "added"),
    [
        ([document("a")], (Result.PENDING, "")),
        ([], (Result.SKIPPED, "a was left alone")),
        ([document("a"), document("a", _id="twin", deprecated=True)], (Result.SKIPPED, "a was left alone")),
        ([document("a", enabled=False)], (Result.PENDING, "")),
    ],
)
def test_a_successor_is_not_added_where_the_old_one_is_left_alone(
    documents: list[dict[str, object]], added: tuple[Result, str]
) -> None:
    first = planned(approved(member("a", successor="a-2"), action=RENAME), *documents)[0]
    assert (first.result, first.detail) == added


@pytest.mark.parametrize(
    ("said", "display_name", "origin"),
    [
        ({}, "a", "ai-operator"),
        ({"display_name": "A", "origin": "openrouter"}, "A", "openrouter"),
    ],
)
def test_an_addition_runs_at_once_and_says_whose_it_is(
    said: dict[str, Any], display_name: str, origin: str
) -> None:
    (change,) = planned(approved(member("a", enabled=False, **said), action=ProposalAction.ADD))
    assert (change.op, change.document_id, change.result) == (Op.INSERT, "new", Result.PENDING)
    assert change.after.values == {
        "provider": "groq",
        "model_id": "a",
        "display_name": display_name,
        "enabled": True,
        "deprecated": False,
        "created_at": NOW,
        "origin": origin,
        "added_by": "ai-operator:U1",
    }


def reason(proposal: Proposal) -> object:
    return planned(proposal, document("a"))[0].after.values["disabled_reason"]


def noted(words: str) -> Transition:
    return APPROVED.model_copy(update={"reason": words})


OTHER = member("b", failing_since=ago(50))
ONLY_A: dict[str, Any] = {"approved": (ref("a"),)}


@pytest.mark.parametrize(
    ("proposal", "said"),
    [
        (approved(member("a")), "gone at the provider since 2026-11-16 (P-1)"),
        (approved(member("a"), approval=noted("old")), "hard_model: old (P-1)"),
        (approved(member("a"), reasoning=""), "gone at the provider since 2026-11-16 (P-1)"),
        (approved(member("a"), kind=None, reasoning=""), "disabled by command (P-1)"),
        (approved(member("a"), OTHER, **ONLY_A), "gone at the provider since 2026-11-16 (P-1)"),
        (approved(member("a"), OTHER, approval=noted("old"), **ONLY_A), "hard_model: old (P-1)"),
        (approved(member("a"), OTHER, kind=None, **ONLY_A), "It was retired. (P-1)"),
        (approved(member("a", failing_since=None), OTHER, **ONLY_A), "hard_model: It was retired. (P-1)"),
        (approved(member("a"), kind=None, reasoning="x" * 300), f"{'x' * 300} (P-1)"),
        (approved(member("a", failing_since=None), reasoning="x" * 301), f"hard_model: {'x' * 299}… (P-1)"),
    ],
)
def test_the_reason_is_short_of_this_model_and_names_the_proposal(proposal: Proposal, said: str) -> None:
    assert reason(proposal) == said


# evidence_changed


def newly(name: str, **said: object) -> Signals:
    return failing(name).model_copy(update=said)


NO_MORE = "it is no longer in the catalogue"
MOVED: dict[str, tuple[Signals | None, str]] = {
    "still so": (failing("a"), ""),
    "nothing is known of it": (None, NO_MORE),
    "only results name it": (newly("a", listed=False), NO_MORE),
    "it answers": (answering("a", success=3), "it answered 3 hours earlier"),
    "no results": (newly("a", failing_since=None, last_success=None, streak=()), ""),
    "of another kind": (
        failing("a", group(Kind.AUTH, pattern="key?")),
        "it now fails in another way: key?",
    ),
    "at length": (
        failing("a", group(Kind.AUTH, pattern="k" * 300)),
        f"it now fails in another way: {'k' * 300}"[:200],
    ),
}


@pytest.mark.parametrize("name", MOVED)
def test_evidence_that_moved_is_said(name: str) -> None:
    signals, said = MOVED[name]
    known = facts(*([signals] if signals else []), *(answering(f"w{n}") for n in range(3)))
    assert evidence_changed(approved(member("a")), known) == ({ref("a"): said} if said else {})


@pytest.mark.parametrize(
    ("said", "looks"),
    [
        ({}, True),
        ({"action": ProposalAction.RENAME}, True),
        ({"action": ProposalAction.MERGE}, True),
        ({"action": ProposalAction.ENABLE}, False),
        ({"scope": Scope.FLAGGED}, False),
        ({"scope": None}, False),
    ],
)
def test_only_what_rests_on_a_providers_errors_is_looked_at_again(said: dict[str, Any], looks: bool) -> None:
    assert bool(evidence_changed(approved(member("a"), **said), facts(answering("a")))) is looks


def test_what_was_found_about_the_catalogue_is_found_again_or_is_no_longer_so() -> None:
    found: dict[str, Any] = {
        "fingerprint": "unlisted-groq",
        "action": ProposalAction.ADD,
        "scope": None,
        "kind": None,
    }
    still = answering("a").model_copy(update={"listed": False, "enabled": False})
    beside = [answering(f"w{n}") for n in range(3)]
    assert evidence_changed(approved(member("a"), **found), facts(still, *beside)) == {}
    assert evidence_changed(approved(member("a"), **found), facts(*beside)).keys() == {ref("a")}
