"""What a run puts to people: a draft for each situation, renames apart, and of each member what is known."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import pytest

from operator_core.domain.base import ModelRef
from operator_core.domain.decisions import Action, Decision, Route
from operator_core.domain.kinds import Evidence, Kind
from operator_core.domain.proposals import Draft, Member, ProposalAction
from operator_core.domain.signals import Signals
from operator_core.domain.situations import AffectedModel, Scope, Situation
from operator_core.policy.drafts import (
    MOST_MEMBERS,
    Background,
    candidates,
    drafts,
    find,
    other_providers,
    within_bounds,
)
from support.evidence import NOW, ago, answering, facts, failing, group, ref
from support.gates import SURE, situation

ADD, ATTEND = ProposalAction.ADD, ProposalAction.ATTEND
DISABLE, RENAME = ProposalAction.DISABLE, ProposalAction.RENAME


def proposed(
    about: Situation,
    actions: Mapping[str, Action] | None = None,
    background: Background | None = None,
    hours: float = 48,
    **said: Any,
) -> tuple[Draft, ...]:
    wanted = actions or {}
    decisions = [
        Decision.of(one, SURE.model_copy(update={"action": wanted.get(one.model_id, SURE.action)}), **said)
        for one in about.refs
    ]
    return drafts([(about, SURE)], decisions, background or Background(), NOW, hours)


def named(found: Iterable[Draft]) -> list[tuple[ProposalAction, list[str]]]:
    return [(one.action, [m.ref.model_id for m in one.members]) for one in found]


def test_whom_nobody_would_disable_is_watched() -> None:
    both = situation(failing("a"), failing("b"))
    assert named(proposed(both)) == [(DISABLE, ["a", "b"])]
    assert named(proposed(both, {"a": Action.MONITOR})) == [(DISABLE, ["b"])]
    assert named(proposed(both, {"a": Action.MONITOR, "b": Action.IGNORE})) == []


@pytest.mark.parametrize(
    ("kind", "scope", "attend"),
    [
        (Kind.HARD_MODEL, Scope.PATTERN, False),
        (Kind.BILLING, Scope.PATTERN, True),
        (Kind.HARD_MODEL, Scope.PROVIDER, True),
        (Kind.HARD_MODEL, Scope.SILENCE, True),
        (Kind.BILLING, Scope.PROVIDER, True),
        (Kind.TIMEOUT, Scope.PATTERN, False),
        (Kind.HARD_MODEL, Scope.FLAGGED, False),
    ],
)
def test_what_is_settled_elsewhere_is_attended_unless_something_is_to_disable(
    kind: Kind, scope: Scope, attend: bool
) -> None:
    both = situation(failing("a"), failing("b"), kind=kind, scope=scope)
    watched = {"a": Action.MONITOR, "b": Action.MONITOR}
    assert named(proposed(both, watched)) == [(ATTEND, ["a", "b"])] * attend
    assert named(proposed(both, {"a": Action.MONITOR})) == [(DISABLE, ["b"])]


def test_renames_are_asked_apart_with_the_successor_of_their_own() -> None:
    both = situation(failing("a"), failing("b"))
    background = Background(renames={ref("a"): "a-2"}, successors={ref("a"): "x", ref("b"): "b-2"})
    found = proposed(both, background=background)
    assert named(found) == [(DISABLE, ["b"]), (RENAME, ["a"])]
    assert [one.members[0].successor for one in found] == ["b-2", "a-2"]
    assert [one.fingerprint for one in found] == ["s1", "s1-rename"]


def only(about: Situation, **said: Any) -> Member:
    ((one,),) = (draft.members for draft in proposed(about, **said))
    return one


@pytest.mark.parametrize(
    ("route", "member_is"),
    [(Route.AUTO, Route.AUTO), (Route.ASK, Route.ASK), (Route.NONE, Route.ASK)],
)
def test_a_member_is_asked_about_unless_policy_may_act(route: Route, member_is: Route) -> None:
    one = only(situation(failing("a")), route=route, gate="too young", alone=True)
    assert (one.route, one.gate, one.alone) == (member_is, "too young", True)


def bare(signals: Signals, scope: Scope = Scope.PATTERN) -> Situation:
    """Without a cause."""
    affected = (AffectedModel(signals=signals, cause=None),)
    return situation(signals, scope=scope).model_copy(update={"affected": affected})


def test_a_member_says_what_is_known_of_it() -> None:
    background = Background(elsewhere={ref("a"): 0}, offered={ref("a"): False})
    one = only(situation(failing("a", group(count=7))), background=background)
    assert (one.failures, one.failing_since, one.evidence) == (7, ago(96), Evidence.WORDS)
    assert (one.elsewhere, one.still_offered) == (0, False)
    assert one.sample == "the model <model> does not exist"
    other = only(situation(failing("b")), background=background)
    assert (other.elsewhere, other.still_offered) == (None, None)
    well = only(situation(answering("c").model_copy(update={"streak": (group(),)})))
    assert (well.failing_since, well.failures) == (None, 20), "its latest run succeeded"
    silent = only(bare(failing("d")))
    assert (silent.failures, silent.failing_since, silent.sample, silent.evidence) == (0, None, "", None)


@pytest.mark.parametrize(
    ("kind", "evidence"),
    [(Kind.HARD_MODEL, Evidence.WORDS), (Kind.AUTH, Evidence.WORDS), (Kind.TIMEOUT, None)],
)
def test_how_a_kind_is_known_counts_where_it_blames_the_model(kind: Kind, evidence: Evidence | None) -> None:
    assert only(situation(failing("a", group(kind)))).evidence == evidence


@pytest.mark.parametrize(("first", "old"), [(48, True), (47.9, False), (96, True)])
def test_a_member_is_old_from_so_many_hours_on(first: float, old: bool) -> None:
    assert only(situation(failing("a", group(first=first, last=1)))).old is old


def bounded(count: int) -> Draft:
    members = tuple(Member(ref=ref(f"m{n:04}"), enabled=True, failing_since=ago(n)) for n in range(count))
    return within_bounds(
        Draft(fingerprint="f", action=DISABLE, provider="groq", members=members, suggested_by="x")
    )


@pytest.mark.parametrize(
    ("count", "kept", "following"), [(499, 499, 0), (500, 500, 0), (501, 500, 1), (620, 500, 120)]
)
def test_so_many_members_a_proposal_has_and_the_rest_follows(count: int, kept: int, following: int) -> None:
    draft = bounded(count)
    assert (len(draft.members), draft.following, MOST_MEMBERS) == (kept, following, 500)
    first = f"m{count - 1:04}" if following else "m0000"
    assert draft.members[0].ref == ref(first), "longest failing first, where not all have room"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"failing_since": ago(9)}, {"failing_since": ago(8)}),
        ({"failing_since": ago(9), "last_success": ago(1)}, {"last_success": ago(8)}),
        ({"last_success": ago(9)}, {"last_success": ago(8)}),
        ({"failing_since": ago(1)}, {}),
        ({"last_success": ago(1)}, {}),
    ],
)
def test_who_fails_longest_goes_first_and_who_never_did_last(
    one: dict[str, datetime], other: dict[str, datetime]
) -> None:
    rest = [Member(ref=ref(f"m{n}"), enabled=True, failing_since=ago(100)) for n in range(499)]
    first, last = Member(ref=ref("one"), enabled=True, **one), Member(ref=ref("other"), enabled=True, **other)
    draft = bounded(1).model_copy(update={"members": (last, first, *rest)})
    left = [member.ref for member in within_bounds(draft).members]
    assert first.ref in left
    assert last.ref not in left


OTHERS: dict[str, tuple[list[ModelRef], int]] = {
    "nobody": ([], 0),
    "itself": ([ref("llama-3.1-8b")], 0),
    "itself under another spelling of its provider": ([ref("llama-3.1-8b", " Groq")], 0),
    "another provider": ([ref("llama-3.1-8b", "together")], 1),
    "the same provider twice": ([ref("llama-3.1-8b", "together"), ref("Llama-3.1-8B", "Together ")], 1),
    "two providers": ([ref("llama-3.1-8b", "together"), ref("llama-3.1-8b", "fireworks")], 2),
    "another model": ([ref("llama-3.1-70b", "together")], 0),
    "another maker's of that name": ([ref("acme/llama-3.1-8b", "together")], 0),
}


@pytest.mark.parametrize("name", OTHERS)
def test_other_providers_of_the_same_model_are_counted_once_each(name: str) -> None:
    among, count = OTHERS[name]
    one = ref("meta/llama-3.1-8b" if "maker" in name else "llama-3.1-8b")
    assert other_providers([one], among) == {one: count}


def naming(recorded: str | None, said: str | None, name: str = "old") -> Situation:
    signals = failing(name, group(successor=said)).model_copy(update={"successor": recorded})
    return situation(signals)


@pytest.mark.parametrize(
    ("recorded", "said", "found"),
    [
        ("new", None, ["new"]),
        (None, "newer", ["newer"]),
        ("new", "newer", ["new", "newer"]),
        (None, None, []),
        ("old", "OLD", []),
        ("", "", []),
        ("z", "a", ["a", "z"]),
    ],
)
def test_what_people_recorded_or_messages_name_is_looked_up(
    recorded: str | None, said: str | None, found: list[str]
) -> None:
    assert [one.model_id for one in candidates([naming(recorded, said)])] == found


@pytest.mark.parametrize(
    ("here", "listed", "present", "renames"),
    [
        (["new"], [], "new", ""),
        (["New"], ["new"], "New", ""),
        ([], ["New"], "", "New"),
        ([], [], "", ""),
        (["newer"], ["new"], "", "new"),
        ([], ["newer"], "", "newer"),
    ],
)
def test_a_successor_is_recorded_where_it_is_here_and_added_where_it_is_only_listed(
    here: list[str], listed: list[str], present: str, renames: str
) -> None:
    """What people recorded before what a message names; `newer` is in a message."""
    known = facts(failing("old"), *(answering(name) for name in here))
    found = find([naming("new", "newer")], known, [ref(name) for name in listed])
    assert found == ({ref("old"): present} if present else {}, {ref("old"): renames} if renames else {})


def test_a_successor_that_only_results_name_is_not_here() -> None:
    unlisted = answering("new").model_copy(update={"listed": False})
    assert find([naming("new", None)], facts(failing("old"), unlisted), []) == ({}, {})


def test_without_a_cause_what_people_recorded_is_looked_up_all_the_same() -> None:
    silent = bare(failing("old").model_copy(update={"successor": "new"}))
    assert candidates([silent]) == (ref("new"),)
    assert find([silent], facts(answering("new")), []) == ({ref("old"): "new"}, {})
