"""What may follow what, what people judge, and what is said where nothing is said."""

from datetime import timedelta
from typing import Any

import pytest

from operator_core.domain.base import ModelRef
from operator_core.domain.decisions import Route
from operator_core.domain.kinds import Kind
from operator_core.domain.proposals import (
    DRAFT_KEPT,
    OPEN_STATES,
    Draft,
    EarlierRevision,
    Member,
    Proposal,
    ProposalAction,
    State,
    Transition,
    may_transition,
    revised,
    what_people_judge,
)
from support.view_values import NOW, member, proposal

PENDING_LEADS_TO = {State.APPROVED, State.REJECTED, State.SNOOZED, State.CLEARED, State.TAKEN}
FOLLOWS: dict[State, set[State] | frozenset[State]] = {
    State.DRAFT: {State.PENDING},
    State.PENDING: PENDING_LEADS_TO,
    State.APPROVED: {State.EXECUTED, State.PARTLY, State.CONFLICTED, State.FAILED},
    **dict.fromkeys(
        (State.REJECTED, State.SNOOZED, State.TAKEN, State.CONFLICTED, State.FAILED),
        frozenset({State.PENDING, State.CLEARED}),
    ),
    State.EXECUTED: {State.UNDONE},
    State.PARTLY: {State.UNDONE},
    State.UNDONE: {State.PARTLY},
    State.CLEARED: set(),
}


@pytest.mark.parametrize("action", ProposalAction)
@pytest.mark.parametrize("source", State)
def test_only_what_follows_may_come(source: State, action: ProposalAction) -> None:
    never = State.APPROVED if action == ProposalAction.ATTEND else State.TAKEN
    may = {target for target in State if may_transition(source, target, action)}
    assert may == FOLLOWS[source] - {never}


def test_what_is_over_is_not_open() -> None:
    over = {State.DRAFT, State.CLEARED, State.EXECUTED, State.PARTLY, State.UNDONE}
    assert set(State) - over == OPEN_STATES
    assert timedelta(hours=1) == DRAFT_KEPT
    assert not may_transition(State.DRAFT, State.APPROVED, ProposalAction.DISABLE)


def test_where_nothing_is_said_the_cautious_is_meant() -> None:
    """Older versions kept less."""
    one = Member(ref=ModelRef(provider="groq", model_id="a"), enabled=True)
    assert (one.alone, one.deprecated, one.old, one.failures) == (False, False, False, 0)
    step = Transition(source=State.PENDING, target=State.APPROVED, by="U1", at=NOW)
    assert (step.rest_waits, step.right) == (False, False)
    draft = Draft(
        fingerprint="f", action=ProposalAction.DISABLE, provider="groq", members=(one,), suggested_by="rules"
    )
    assert (draft.confidence, draft.provider_enabled, draft.following) == (1.0, 0, 0)
    assert Proposal.model_fields["revision"].default == 1
    assert not draft.review


@pytest.mark.parametrize("revision", [-1, 0])
def test_revisions_begin_at_one(revision: int) -> None:
    with pytest.raises(ValueError, match="greater than or equal to 1"):
        Proposal.model_validate(proposal(1).model_dump() | {"revision": revision})
    assert Proposal.model_validate(proposal(1).model_dump() | {"revision": 1}).as_of(1)


@pytest.mark.parametrize(
    ("action", "provider", "review"),
    [
        (ProposalAction.ADD, "", True),
        (ProposalAction.ADD, "groq", False),
        (ProposalAction.ATTEND, "", False),
        (ProposalAction.DISABLE, "groq", False),
    ],
)
def test_a_review_is_of_additions_of_any_provider(
    action: ProposalAction, provider: str, review: bool
) -> None:
    assert proposal(1).model_copy(update={"action": action, "provider": provider}).review is review


@pytest.mark.parametrize(("id_", "number"), [("P-2", 2), ("P-10", 10), ("P-", 0), ("P-x", 0), ("new-1", 0)])
def test_of_two_numbers_the_older_is_less(id_: str, number: int) -> None:
    assert proposal(1, id_=id_).number == number


@pytest.mark.parametrize(("openrouter_id", "name"), [("meta/a", "meta/a"), ("", "bedrock/a")])
def test_a_new_model_is_named_as_the_catalogue_does(openrouter_id: str, name: str) -> None:
    assert member("a", openrouter_id=openrouter_id).catalogue_name == name


def test_a_successor_is_part_of_the_contents() -> None:
    said = [proposal(members=(member("a", successor=one),)).contents for one in (None, "", "b", "c")]
    assert said[0] == said[1]
    assert len(set(said)) == 3


def step(target: State) -> Transition:
    return Transition(source=State.PENDING, target=target, by="U1", at=NOW)


def test_its_last_transition_is_the_last() -> None:
    assert proposal(1).last_transition is None
    moves = (step(State.REJECTED), step(State.PENDING), step(State.APPROVED))
    assert proposal(1, moves=moves).last_transition == moves[-1]
    assert proposal(1, moves=moves[:1]).last_transition == moves[0]


SAID: dict[str, dict[str, Any]] = {
    "alone": {"alone": True, "gate": ""},
    "auto": {"route": Route.AUTO, "alone": True, "gate": ""},
    "gate": {"alone": True, "gate": "too young"},
    "asked": {"gate": ""},
}


def test_policys_are_those_of_route_auto_and_in_shadow_those_without_a_gate() -> None:
    one = proposal(members=tuple(member(name, **said) for name, said in SAID.items()))
    assert [m.ref.model_id for m in one.automatic] == ["auto"]
    assert [m.ref.model_id for m in one.shadowed] == ["alone"]


JUDGED: dict[str, tuple[dict[str, Any], bool]] = {
    "counts, times and texts": (
        {"failures": 3, "failing_since": NOW, "sample": "x", "last_failure": NOW},
        False,
    ),
    "another gate": ({"gate": "y"}, False),
    "no gate": ({"gate": ""}, True),
    "the route": ({"route": Route.AUTO}, True),
    "its age": ({"old": False}, True),
    "a successor": ({"successor": "b"}, True),
    "an empty successor": ({"successor": ""}, False),
}


@pytest.mark.parametrize("name", JUDGED)
def test_people_are_asked_afresh_only_where_what_they_judge_changed(name: str) -> None:
    said, afresh = JUDGED[name]
    before = proposal(members=(member("a"), member("b")))
    newer = proposal(members=(member("a", **said), member("b")))
    assert (what_people_judge(before) != what_people_judge(newer)) is afresh
    after = revised(before, newer, NOW, "R-x.2")
    assert (after.revision, len(after.earlier)) == (1 + afresh, int(afresh))
    assert (after.run_id, after.updated_at, after.members) == ("R-x.2", NOW, newer.members)


@pytest.mark.parametrize("said", [{"action": ProposalAction.RENAME}, {"kind": Kind.AUTH}])
def test_another_action_or_kind_is_asked_afresh(said: dict[str, Any]) -> None:
    assert revised(proposal(2), proposal(2).model_copy(update=said), NOW, "R-x.2").revision == 2


def test_age_is_nothing_to_judge_where_nothing_could_be_done_at_any() -> None:
    old, young = (
        proposal(action=ProposalAction.ATTEND, members=(member("a", old=aged),)) for aged in (True, False)
    )
    assert what_people_judge(old) == what_people_judge(young)


@pytest.mark.parametrize("changed", [True, False])
def test_the_order_is_the_newer_one_only_where_the_revision_is(changed: bool) -> None:
    before = proposal(members=(member("a"), member("b"), member("c")))
    newer = proposal(members=(member("c"), member("b"), member("a", old=not changed)))
    after = revised(before, newer, NOW, "R-x.2")
    assert [one.ref.model_id for one in after.members] == (["c", "b", "a"] if changed else ["a", "b", "c"])


def test_the_latest_five_revisions_are_remembered() -> None:
    one = proposal(1)
    for count in range(2, 9):
        one = revised(one, proposal(count), NOW, "R-x.2")
    assert [seen.revision for seen in one.earlier] == [3, 4, 5, 6, 7]
    assert [one.as_of(revision) is None for revision in (2, 3, 8)] == [True, False, False]
    assert one.as_of(8) == EarlierRevision(revision=8, refs=one.refs, contents=one.contents)
